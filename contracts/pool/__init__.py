"""The pool market: electricity, heat, cold and gas by repeated bidding, and a pool for what is left over."""
