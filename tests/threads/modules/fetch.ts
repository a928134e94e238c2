export default {
  name: "an app",
  fetch(request: Request): Response {
    return new Response(`${this.name} ${request.method} ${new URL(request.url).pathname}`);
  },
};
