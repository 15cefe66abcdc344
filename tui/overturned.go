package tui

import (
	"fmt"
	"strings"

	"redoubt"
	"redoubt/contrast"
	"redoubt/model"
	"redoubt/tui/canvas"
)

// What the first few trials said of a strategy that all of them do not say any more. A person may
// have read it, and have believed it: it is told, and not just written over.

// overturned is what a coarse comparison said of two strategies that a refined one says otherwise,
// the verdicts first. Of one that either of them lacks nothing is said.
func overturned(coarse, refined *redoubt.Comparison, pair [2]model.StrategyKind) (texts []string) {
	var is, was [2]*redoubt.StrategyResult
	for i, kind := range pair {
		if is[i], was[i] = resultOf(refined, kind), resultOf(coarse, kind); is[i] == nil {
			was[i] = nil
		}
	}
	for i, kind := range pair {
		if was[i] != nil && was[i].Case.Verdict != is[i].Case.Verdict {
			texts = append(texts, fmt.Sprintf("%s: %s, no longer %s", kind, is[i].Case.Verdict,
				was[i].Case.Verdict))
		}
	}
	for i := range pair {
		if was[i] != nil {
			texts = append(texts, missedOrMet(was[i], is[i])...)
		}
	}
	if was[0] == nil || was[1] == nil {
		return texts
	}
	net := contrast.Net()
	before, now := net.Difference(was[0], was[1]).Better, net.Difference(is[0], is[1]).Better
	if before == 0 || before == now {
		return texts
	}
	ahead := "neither is known to be"
	if now != 0 {
		ahead = pair[now-1].String() + " is"
	}
	return append(texts, fmt.Sprintf("%s ahead by net benefit, no longer %s", ahead, pair[before-1]))
}

// missedOrMet says which objectives a strategy misses that it met, or the other way round. That no
// incident has come yet says nothing.
func missedOrMet(before, now *redoubt.StrategyResult) (texts []string) {
	for i := range min(len(before.Objectives), len(now.Objectives)) {
		was, is := &before.Objectives[i], &now.Objectives[i]
		if was.Count == 0 || is.Count == 0 || was.Met == is.Met {
			continue
		}
		words := [2]string{"missed, no longer met", "met, no longer missed"}
		text := words[0]
		if is.Met {
			text = words[1]
		}
		texts = append(texts, fmt.Sprintf("%s: %s %s", now.Kind, target(is.Objective), text))
	}
	return texts
}

// resultOf is what a comparison has of a strategy, nil where that is nothing.
func resultOf(c *redoubt.Comparison, kind model.StrategyKind) *redoubt.StrategyResult {
	if c == nil {
		return nil
	}
	for i := range c.Strategies {
		if r := &c.Strategies[i]; r.Kind == kind && !r.Skipped {
			return r
		}
	}
	return nil
}

// replaced remembers what the first few trials said once there is more, and says at once what that
// says otherwise, above what the figures rest on and until the next key.
func (a *App) replaced(by Finding) {
	a.turned = ""
	switch {
	case by.coarse:
		a.first = by.comparison
		return
	case !a.coarse || a.stale: // None came before.
		a.first = nil
		return
	}
	a.turned = a.otherwise(by.comparison)
}

// otherwise says what a comparison says otherwise than the first few trials did, "" if nothing.
func (a *App) otherwise(c *redoubt.Comparison) string {
	texts := overturned(a.first, c, a.pair)
	if len(texts) == 0 {
		return ""
	}
	return fmt.Sprintf("With %d trials, not the first %d, %s", c.Trials, a.first.Trials,
		strings.Join(texts, "; "))
}

// unsureMark is that of a verdict of which the sign of the net benefit is not certain, and
// unsureWords are what it says.
const (
	unsureMark  = "±"
	unsureWords = "sign not certain"
)

// drawnVerdict is what is made of a strategy, in so many columns: marked while few trials say it,
// where the sign that it rests on is not certain, and where few trials said another one, if there
// is room for that.
func (a *App) drawnVerdict(r *redoubt.StrategyResult, columns int) (string, canvas.Style) {
	text, style := verdict(r)
	if r.Excuse != "" {
		return text, style
	}
	var besides []string // The longest first.
	was := resultOf(a.first, r.Kind)
	switch unsure := r.Case.Unsure(); {
	case a.coarse && unsure:
		besides = []string{", coarse, " + unsureWords, ", coarse " + unsureMark, "?" + unsureMark}
	case a.coarse:
		besides = []string{", coarse", "?"}
	case was != nil && was.Case.Verdict != r.Case.Verdict && unsure:
		turned := ", was " + was.Case.Verdict.String()
		besides = []string{turned + ", " + unsureWords, turned + " " + unsureMark, ", " + unsureWords,
			" " + unsureMark, unsureMark}
	case was != nil && was.Case.Verdict != r.Case.Verdict:
		besides = []string{", was " + was.Case.Verdict.String(), ""}
	case unsure:
		besides = []string{", " + unsureWords, " " + unsureMark, unsureMark}
	default:
		besides = []string{""}
	}
	for _, beside := range besides {
		if canvas.Width(text+beside) <= columns {
			return text + beside, style
		}
	}
	mark := besides[len(besides)-1] // It is seen however much of the word is cut off.
	return canvas.Fit(text, columns-canvas.Width(mark)) + mark, style
}

// marksUnsure reports whether one of two verdicts, in so many columns each, has the mark alone of
// what is not certain, so that elsewhere it has to be said.
func (a *App) marksUnsure(results [2]*redoubt.StrategyResult, columns int) bool {
	for _, r := range results {
		if r == nil {
			continue
		}
		if text, _ := a.drawnVerdict(r, columns); strings.HasSuffix(text, unsureMark) {
			return true
		}
	}
	return false
}
