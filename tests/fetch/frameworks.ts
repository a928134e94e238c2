/**
 * A framework, and an app of it with the routes that `frameworks_test.ts` asks for. It knows nothing of
 * Handoff.
 */
export interface Framework {
  readonly name: string;
  /** The npm packages that the app imports. */
  readonly packages: readonly string[];
  /** The module of the app, in JavaScript. */
  readonly app: string;
}

/** The frameworks that `fetchHandler` is tested with, besides Hono. */
export const FRAMEWORKS: readonly Framework[] = [
  {
    name: "h3",
    packages: ["h3@2.0.8"],
    app: `
      import { getRequestIP, H3 } from "h3";
      const app = new H3();
      app.get("/", () => "Hello!");
      app.get("/users/:id", (event) => ({ id: event.context.params.id }));
      app.post("/echo", async (event) => await event.req.json());
      app.get("/address", (event) => {
        event.waitUntil(Promise.resolve());
        return { address: getRequestIP(event) };
      });
      export default app;`,
  },
  {
    name: "Elysia",
    packages: ["elysia@1.4.30"],
    app: `
      import { Elysia } from "elysia";
      export default new Elysia()
        .get("/", () => "Hello!")
        .get("/users/:id", ({ params }) => ({ id: params.id }))
        .post("/echo", ({ body }) => body)
        .get("/address", ({ request, server }) => ({ address: server?.requestIP(request)?.address ?? request.ip }));`,
  },
  {
    name: "itty-router",
    packages: ["itty-router@5.0.24"],
    app: `
      import { AutoRouter, text } from "itty-router";
      export default AutoRouter()
        .get("/", () => text("Hello!"))
        .get("/users/:id", ({ params }) => ({ id: params.id }))
        .post("/echo", async (request) => await request.json())
        .get("/address", (request, info) => ({ address: info.remoteAddr.hostname }));`,
  },
  {
    name: "GraphQL Yoga",
    packages: ["graphql-yoga@5.24.1", "graphql@16.12.0"],
    app: `
      import { createSchema, createYoga } from "graphql-yoga";
      const typeDefs = "type Query { hello: String, user(id: ID): ID, address: String } type Mutation { echo(value: String): String }";
      const resolvers = {
        Query: {
          hello: () => "Hello!",
          user: (_, { id }) => id,
          address: (_, __, { request }) => request.ip,
        },
        Mutation: { echo: (_, { value }) => value },
      };
      export default createYoga({ schema: createSchema({ typeDefs, resolvers }), logging: false });`,
  },
  {
    name: "tRPC",
    packages: ["@trpc/server@11.25.2"],
    app: `
      import { initTRPC } from "@trpc/server";
      import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
      const t = initTRPC.context().create();
      const router = t.router({
        hello: t.procedure.query(() => "Hello!"),
        user: t.procedure.input((id) => id).query(({ input }) => ({ id: input })),
        echo: t.procedure.input((value) => value).mutation(({ input }) => input),
        address: t.procedure.query(({ ctx }) => ({ address: ctx.address })),
      });
      export default (request, info) =>
        fetchRequestHandler({
          endpoint: "/trpc",
          req: request,
          router,
          createContext: () => ({ address: info.requestIP(request).address }),
        });`,
  },
];
