# pragma version 0.4.3
"""
@title How the clearinghouse refuses
@notice One place for its prefix: the compiler does not share equal texts, and each costs code.
@custom:units None.
"""


@internal
@pure
def _refuse(why: String[40]):
    """
    @dev Call it only where a condition is not met: the text is made before the call.
    """
    raise concat("clearinghouse: ", why)
