// Command redoubt compares multi-region strategies: what happens when a region is lost, what that
// costs, and whether a second region pays.
//
// Each subcommand has a file of its own. It reads a scenario, calls a pure function of the packages
// below, and hands what came back to a view; a view makes a document, and a document is written as
// text or as Markdown. JSON and CSV are made from the results themselves, never from the text.
//
// The rules of its output: results alone go to standard output; progress goes to standard error,
// and only to a terminal; an error is "redoubt: error: ..." followed, where there is something
// to do about it, by "redoubt: hint: ...". It exits with 0 when done, 1 when it failed, 2 when
// it was misused or a scenario is invalid, 3 when a gate that the caller asked for was missed,
// and 130 when it was interrupted.
package main
