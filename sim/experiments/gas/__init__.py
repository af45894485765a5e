"""What each thing costs: stories of the protocol told on an engine that charges as a node does."""
