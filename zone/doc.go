// Package zone answers DNS for a service from the state that a log has led to.
//
// A Zone is what does not change: names, addresses, time to live. Answers is what one state makes
// of it, Reply what a question gets, and both are pure. A Server keeps the Answers of the last
// state that was published to it and serves them over UDP and TCP, for as long as it runs: without
// a quorum the last state known is still the best answer there is. Before the first state it says
// that it cannot say.
//
//	state ──Publish──▶ Answers ──Reply(question, draw)──▶ A, AAAA, TXT, SOA, NS, or why not
//
// The epoch stands in a TXT record, so that whoever asks two servers can tell which one is behind.
package zone
