"""Real incidents re-enacted twice: on the protocol that was struck, and on the default one."""
