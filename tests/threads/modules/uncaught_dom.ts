setTimeout(() => {
  throw new DOMException("thrown while the module loads", "DataError");
}, 0);
// The module never comes to its end.
await new Promise(() => setInterval(() => {}, 1000));
