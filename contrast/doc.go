// Package contrast holds two strategies of a comparison against each other.
//
// A Line is one figure of theirs, as availability or cost: what each of the two has, what covers
// it, and which of the two has the better one by how much. The terminal draws the lines, and
// `redoubt compare --pair` prints them. Nothing here knows how they are laid out.
package contrast
