package awstest

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

const (
	functionARN = "arn:aws:lambda:us-east-1:123456789012:function:local"
	traceID     = "Root=1-00000000-000000000000000000000000"
)

// handler serves the Lambda Runtime API, version 2018-06-01.
func (r *Runtime) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", r.serveNext)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", r.serveAnswer(false))
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", r.serveAnswer(true))
	mux.HandleFunc("POST /2018-06-01/runtime/init/error", r.serveInitError)
	return mux
}

// serveNext gives the function the next invocation once there is one.
func (r *Runtime) serveNext(w http.ResponseWriter, req *http.Request) {
	select {
	case in := <-r.queue:
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Lambda-Runtime-Aws-Request-Id", in.id)
		h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(time.Now().Add(in.timeout).UnixMilli(), 10))
		h.Set("Lambda-Runtime-Invoked-Function-Arn", functionARN)
		h.Set("Lambda-Runtime-Trace-Id", traceID)
		// If the function is gone, Invoke learns it from the process.
		_, _ = w.Write(in.payload)
	case <-req.Context().Done():
	}
}

// serveAnswer takes the function's answer to the current invocation.
func (r *Runtime) serveAnswer(failed bool) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		r.mu.Lock()
		in := r.current
		r.mu.Unlock()
		if in == nil || in.id != req.PathValue("id") {
			http.Error(w, "no such invocation", http.StatusBadRequest)
			return
		}
		select {
		case in.answer <- answer{body: body, failed: failed}:
			w.WriteHeader(http.StatusAccepted)
		default:
			http.Error(w, "the invocation has been answered", http.StatusBadRequest)
		}
	}
}

// serveInitError puts a function's report that it cannot start into its output.
// The function ends itself afterwards.
func (r *Runtime) serveInitError(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	fmt.Fprintf(r.out.file, "init error: %s\n", body)
	w.WriteHeader(http.StatusAccepted)
}
