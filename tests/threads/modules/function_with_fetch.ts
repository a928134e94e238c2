/**
 * A function with a method `fetch`, as GraphQL Yoga makes them: called itself, it is a handler of
 * `node:http`.
 */
function app(): never {
  throw new Error("It was to be called as fetch");
}
app.text = "a callable app";
app.fetch = function (this: { readonly text: string }, request: Request): Response {
  return new Response(`${this.text} ${request.method}`);
};

export default app;
