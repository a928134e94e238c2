AbortSignal.abort(new DOMException("the module was aborted", "AbortError")).throwIfAborted();
