package api

import "net/http"

// refused counts a request that was refused, and says so unless it has said so just now.
func (s *Server) refused(r *http.Request, by Person, status int) {
	s.counts.refused.Add(1)
	if missed, may := s.refusals.take(refusalsEvery); may {
		s.config.Log.Warn("a request was refused", "path", clip(r.URL.Path), "from", r.RemoteAddr,
			"by", by.Name, "role", by.Role.String(), "status", status, "others_before", missed)
	}
}

// verdict is an answer to somebody who was let in, which is counted as what it turns out to be.
type verdict struct {
	http.ResponseWriter
	server *Server
	asked  *http.Request
	by     Person
	given  bool
}

// Unwrap is for http.ResponseController.
func (v *verdict) Unwrap() http.ResponseWriter { return v.ResponseWriter }

// WriteHeader begins the answer.
func (v *verdict) WriteHeader(status int) {
	v.give(status)
	v.ResponseWriter.WriteHeader(status)
}

// Write sends a part of the answer.
func (v *verdict) Write(data []byte) (int, error) {
	v.give(http.StatusOK)
	return v.ResponseWriter.Write(data)
}

// give counts the answer, once. A conflict is what the policy answers to an order, which has been
// heard: that is in the log's history and in the audit.
func (v *verdict) give(status int) {
	wrong := status >= http.StatusBadRequest && status < http.StatusInternalServerError &&
		status != http.StatusConflict
	switch {
	case v.given:
	case wrong:
		v.server.refused(v.asked, v.by, status)
	default:
		v.server.counts.answered.Add(1)
	}
	v.given = true
}
