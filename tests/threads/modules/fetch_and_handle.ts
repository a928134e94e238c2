/** As the apps of several frameworks are. */
export default {
  fetch: (request: Request): Response => new Response(`an app ${request.method}`),
  handle: (): never => {
    throw new Error("this is the framework's own method");
  },
};
