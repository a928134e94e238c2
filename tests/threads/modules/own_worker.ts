import "../../../src/threads/worker.ts";
