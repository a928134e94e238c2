throw new RangeError("the module was not to be loaded");
