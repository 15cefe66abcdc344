// Package session plays sessions of the built command in a pseudo-terminal: its tests press keys as
// a person does and read the screen as a person sees it, and its benchmarks time both. Tests of
// other packages use its Terminal too, and nothing else imports it. What the interface draws
// without a terminal is package tui's.
//
//	terminal   a pseudo-terminal, the command in it, and the screen that its output makes
//	figures    numbers on a screen, as far as they were rounded, and those of a comparison
//	verdict    from the first screen to a saved file, whose comparison has every figure
//	speeds     first frame, key to output, idle, and an answer after a change
package session
