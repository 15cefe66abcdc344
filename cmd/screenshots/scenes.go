package main

// Width and height are those of the window.
const (
	width  = 120
	height = 36
)

// arguments start the command: with fewer trials than usual, which are soon done.
var arguments = []string{
	"tui", "ecommerce-three-region", "--set", "run.trials=200", "--set", "run.horizon=5y",
}

// A scene is a moment of the session, after the one before.
type scene struct {
	name string
	// moment is that of the recording at which agents are watched, "" where none are.
	moment string
	// steps lead there: letters, and other keys by their names in angle brackets. Each begins when
	// what the one before has asked for is there.
	steps []string
	// shows is a text by which the screen is known.
	shows string
	// light says that the ground is.
	light bool
	// says is what a picture shows, for those who do not see it.
	says string
}

// scenes are the session.
var scenes = []scene{
	{name: "compare", shows: "difference",
		says: "Two strategies side by side: figures with intervals, who is ahead, and why"},
	{name: "what-if", steps: []string{"2", "jjjlllll"}, shows: "*1 changed",
		says: "Values that can be moved, and what follows: here the lag of a store"},
	{name: "verdict", steps: []string{"kkkL"}, shows: "*2 changed",
		says: "The revenue was raised, and the verdict of the first strategy is another one"},
	{name: "timeline", steps: []string{"3", "jjjjjjj"}, shows: "moments, not to scale",
		says: "One run, moment by moment, with what each gate of the decision says"},
	{name: "topology", steps: []string{"4"}, shows: "round trip to",
		says: "The regions at that moment: what is lost, who leads, and the ways between them"},
	{name: "money", steps: []string{"5", "j"}, shows: "cost a year",
		says: "What two strategies cost and lose, line by line"},
	{name: "hangs", steps: []string{"<enter>"}, shows: "✓ pays then",
		says: "What the answer hangs on: each value half and double, and what turns by it"},
	{name: "scenarios", steps: []string{"6"}, shows: "scenarios of the library",
		says: "The library of scenarios"},
	{name: "light", steps: []string{"t1"}, shows: "difference", light: true,
		says: "The comparison on a light ground"},
}

// liveScenes are a session with agents that answer as others did whose region was lost.
var liveScenes = []scene{
	{name: "live", moment: "calm", shows: "east writes",
		says: "Agents at work: who sees which region up, who writes, and what each copy would lose"},
	{name: "live-gates", moment: "held", steps: []string{"2"}, shows: "hold-down",
		says: "A region was lost, and each gate says what it makes of leaving it"},
	{name: "live-regions", moment: "held", steps: []string{"4"}, shows: "round trip to",
		says: "The regions as agents see them: what is impaired, and who sees whom"},
	{name: "live-force", moment: "held", shows: "to give the order",
		steps: []string{"1f", "west<enter>", "<enter><enter>ticket 4711<enter>"},
		says:  "A failover that is forced: what may be lost has to be typed"},
	{name: "live-plan", moment: "plan", steps: []string{"<esc>", "1"}, shows: "Plan: failover",
		says: "The plan that leaves a lost region: how far each step is, and how long the rest may take"},
	{name: "live-steps", moment: "plan", steps: []string{"5"}, shows: "runs for",
		says: "The same plan in time: what is done, what is being done, what waits and what is ahead"},
	{name: "live-done", moment: "done", steps: []string{"1"}, shows: "primary west",
		says: "The other region writes, and what happened stands below"},
}
