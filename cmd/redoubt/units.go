package main

import (
	"redoubt"
	"redoubt/units"
)

// What stands for a value that there is not, and for a cost that the scenario does not state.
const (
	none     = units.None
	unpriced = units.Unpriced
)

// The words of package units by short names, since every view is full of them.
var (
	figures     = units.Figures
	shortest    = units.Shortest
	usd         = units.USD
	percent     = units.Percent
	length      = units.Length
	quantile    = units.Quantile
	secondsLong = units.Seconds
	trimZeros   = units.TrimZeros
	shellWord   = units.ShellWord
	clock       = redoubt.Clock
)
