"""Makes the shipped model: train, export, quantize, calibrate, evaluate. Needs the extra `train`."""
