// Package units writes quantities as people read them: amounts of money, shares, durations and
// numbers with as many digits as mean something. Everything that the program shows is written by
// it, in a table and in the terminal interface alike, so that one figure never looks like two.
package units
