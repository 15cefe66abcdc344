package scenarios

import "strings"

// didYouMean gives a hint that names the known word nearest to what was written, or the known words
// themselves where they are few and none is near, or nothing.
func didYouMean(written string, known []string) string {
	if word, ok := nearest(written, known); ok {
		return "did you mean " + quote(word) + "?"
	}
	const few = 12
	if len(known) == 0 || len(known) > few {
		return ""
	}
	return "known here: " + strings.Join(known, ", ")
}

// nearest finds the known word with the smallest distance, the first of several. A word is near
// when at most a third of its letters, and at least one, had to change.
func nearest(written string, known []string) (string, bool) {
	best, bestDistance := "", -1
	for _, word := range known {
		limit := max(1, max(len(word), len(written))/3)
		d := distance(strings.ToLower(written), strings.ToLower(word))
		if d <= limit && (bestDistance < 0 || d < bestDistance) {
			best, bestDistance = word, d
		}
	}
	return best, bestDistance >= 0
}

// distance is the optimal string alignment distance: insertions, deletions, substitutions and swaps
// of neighbours (Damerau, Communications of the ACM 7(3), 1964). Words over 64 bytes are taken as
// unlike.
func distance(a, b string) int {
	const longest = 64
	if len(a) > longest || len(b) > longest {
		return longest
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}

func quote(word string) string { return `"` + word + `"` }
