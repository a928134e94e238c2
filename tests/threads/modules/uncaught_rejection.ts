Promise.reject(Object.assign(new TypeError("rejected while the module loads"), { code: "E_OWN" }));
// The module never comes to its end.
await new Promise(() => setInterval(() => {}, 1000));
