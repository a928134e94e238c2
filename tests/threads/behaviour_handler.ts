/**
 * The handler of the behaviours as a module, which every thread imports. It reports by standard error, so it
 * makes no difference on which thread a request is handled.
 */
export { handler as default } from "../behaviour/handler.ts";
