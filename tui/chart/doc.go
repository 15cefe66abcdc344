// Package chart draws numbers on a canvas: bars, intervals, lines with bands, and histograms.
//
// Whatever is compared shares a Scale, so that what looks longer is more. Symbols says of which
// characters a drawing is made: dots of braille, blocks, or plain ASCII where a terminal's font has
// neither.
package chart
