"""What trains: the compiled step, the networks' state on the device, and the bookkeeping around them."""
