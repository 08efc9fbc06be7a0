"""The pool of four carriers on a running network, with a storage, and a meter that says nothing."""
