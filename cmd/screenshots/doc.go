// Command screenshots plays sessions of redoubt tui in tmux, and records what a person sees of
// them: each screen as text and as a picture, for the documents.
//
//	scenes    what is played, and where it is recorded
//	record    what real agents answer while make demo loses a region, with --record
//	recording those answers, and how they are given again
//	tmux      a window of 120 x 36 with the built command in it
//	cells     what a screen is made of: letters, and how each looks
//	page      a screen as a page of HTML, each letter pinned to its cell
//	picture   that page as Chromium draws it, with the screen's own text inside
//
// A picture that shows what was recorded before stays as it is. The tests draw the same scenes
// without a terminal, and fail where a picture or a text shows another screen. What agents say has
// other times and ports in each run: so their answers were recorded once, in recorded.json, and the
// pictures and the tests are of that.
//
// It exits with 77 where something is missing to make pictures with; with REDOUBT_TOOLS=required
// that is 1, too.
package main
