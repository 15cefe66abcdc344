// Package canvas draws on a grid of cells and writes it as lines for a terminal.
//
// A Canvas has a fixed size. Views draw on an Area of it, which clips: nothing that is drawn can
// make a line longer or a screen taller. A cell has a Style, which says what it means; a Theme says
// how that looks, on a light or a dark ground, or without any color.
package canvas
