package main

import "redoubt/api"

// everyOrder is every order that people can give, one after the other.
var everyOrder = []ordered{
	{use: "pause", line: "pause", seen: func(s *api.Status) bool { return s.Paused },
		entry: "pause"},
	{use: "resume", line: "resume", seen: func(s *api.Status) bool { return !s.Paused }},
	{use: "brake pull", line: "brake pull", entry: "brake",
		seen: func(s *api.Status) bool { return s.Brake != "" }},
	{use: "brake lift", line: "brake lift", seen: func(s *api.Status) bool { return s.Brake == "" }},
	{use: "veto REGION", line: "veto " + home, entry: "forb",
		seen: func(s *api.Status) bool { return s.Regions[0].Vetoed }},
	{use: "lift-veto REGION", line: "lift-veto " + home,
		refused: [][2]string{{"switchover " + other, "somebody has forbidden to leave"}},
		seen:    func(s *api.Status) bool { return !s.Regions[0].Vetoed }},
	{use: "declare REGION", line: "declare " + home + " --cause corruption --cause security-incident",
		entry: "corrupted data and a security incident was declared",
		seen: func(s *api.Status) bool {
			return s.Regions[0].Causes == "corrupted data and a security incident"
		}},
	{use: "withdraw REGION", line: "withdraw " + home + " --cause corruption",
		seen: func(s *api.Status) bool { return s.Regions[0].Causes == "a security incident" }},
	{use: "withdraw REGION", line: "withdraw " + home + " --cause security-incident",
		seen: func(s *api.Status) bool { return s.Regions[0].Causes == "" }},
	{use: "drill dry REGION", line: "drill dry " + other, entry: "dry drill",
		refused: [][2]string{{"drill dry " + home, "it is there already"}},
		seen:    func(s *api.Status) bool { return s.Plan == nil && s.Epoch > 1 },
		after: func(c *company) {
			if c.did("rehearse") != 3 {
				c.t.Errorf("%d agents have rehearsed", c.did("rehearse"))
			}
		}},
	{use: "abort", line: "abort", before: func(c *company) {
		c.order("operator", "abort", "no plan is running", "")
		c.holds("freeze")
		c.order("operator", "switchover "+other, "", "switchover")
		c.all("the switchover is under way", stepIs("freeze", "claimed"))
		c.order("operator", "switchover "+third, "another plan is running", "")
		c.order("operator", "evacuate "+third, "another plan is running", "")
	}, seen: still(home), after: func(c *company) { c.letsGo("freeze") }},
	{use: "skip-validation", line: "skip-validation", before: func(c *company) {
		c.order("operator", "skip-validation", "nothing is being validated", "")
		c.holds("validate")
		c.order("operator", "switchover "+other, "", "switchover")
		c.all("its target is validated", stepIs("validate", "claimed"))
		c.order("operator", "abort", "the plan has moved the write role", "")
	}, seen: still(other), after: func(c *company) { c.letsGo("validate") }},
	{use: "switchover REGION", line: "switchover " + third, entry: "switchover",
		refused: [][2]string{{"switchover " + other, "it is there already"}}, seen: still(third)},
	{use: "failback REGION", line: "failback " + home, entry: "failback",
		refused: [][2]string{{"failback " + other, "nothing of that region is elsewhere"}},
		seen:    still(home)},
	{use: "drill full REGION", line: "drill full " + other, entry: "drill",
		refused: [][2]string{{"drill approve " + other, "no drill to that region"}},
		seen:    knows("drill", other)},
	{use: "drill approve REGION", line: "drill approve " + other, who: "vera", entry: "drill",
		refused: [][2]string{{"drill approve " + other, "a drill has to be approved by somebody other"}},
		seen:    still(other),
		after: func(c *company) {
			c.order("operator", "failback "+home, "", "failback")
			c.all("the writes are home", still(home))
		}},
	{use: "evacuate REGION", line: "evacuate " + third,
		refused: [][2]string{{"evacuate " + home, "writes belong in that region"}},
		seen:    serves(third, false),
		after: func(c *company) {
			c.order("operator", "evacuate "+third, "no traffic goes to that region", "")
		}},
	{use: "failback REGION", line: "failback " + third, seen: serves(third, true)},
	{use: "failover REGION",
		line:  "failover " + other + " --accept-loss 30m --accept-writes 12",
		entry: "accepting the loss of 30m0s of writes (12 writes)",
		before: func(c *company) { // Else the copy that is left is made a replica again at once.
			c.order("operator", "pause", "", "")
		},
		refused: [][2]string{
			{"failover " + other + " --accept-loss 0s", "more is at risk"},
			{"failover " + home + " --accept-loss any --accept-writes 1", "it is there already"},
			{"reprotect " + home, "no copy in that region has diverged"},
		},
		seen: func(s *api.Status) bool {
			return writes(other)(s) && copyIs(home, "suspected to have diverged")(s)
		}},
	{use: "reprotect REGION", line: "reprotect " + home,
		refused: [][2]string{{"reconcile " + home, "nothing that region held alone was counted"}},
		seen:    copyIs(home, "rewound, not reconciled")},
	{use: "reconcile REGION", line: "reconcile " + home, seen: still(other),
		refused: [][2]string{{"failback " + home, "what that region held alone has been neither"}}},
	{use: "approve REGION", line: "approve " + third, before: func(c *company) {
		c.order("operator", "resume", "", "")
		c.order("operator", "approve "+third, "nobody was asked about that", "")
		c.kill(2)
		c.all("people are asked", knows("ask", third))
	}, seen: serves(third, false), after: func(c *company) {
		c.start(2)
		c.all("it is there again", func(s *api.Status) bool { return s.Regions[2].Verdict == "up" })
		c.order("operator", "failback "+third, "that region has not been back for as long", "")
	}},
	{use: "failover REGION", line: "failover " + home + " --accept-loss any --accept-writes 5",
		entry: "accepting whatever is lost (5 writes)", before: func(c *company) {
			c.kill(1)
			c.all("somebody else leads", func(s *api.Status) bool {
				return s.Leader != other && s.Leader != ""
			})
		},
		seen: func(s *api.Status) bool {
			return writes(home)(s) && copyIs(other, "suspected to have diverged")(s)
		}},
	{use: "reconcile REGION",
		line:    "reconcile " + other + " --accept-loss any --accept-writes 5 --gone",
		refused: [][2]string{{"reconcile " + other, "a copy there may still be open to writes"}},
		before: func(c *company) {
			c.all("it is down for the hold-down", func(s *api.Status) bool {
				return s.Regions[1].Verdict == "down" && s.Regions[1].DownFor > 6
			})
		},
		entry: "given up for good", seen: copyIs(other, "given up for good"),
		after: func(c *company) { // Who comes back nonetheless is fenced, counted and made a copy.
			c.start(1)
			c.all("it has come back", copyIs(other, "rewound, not reconciled"))
		}},
	{use: "policy change", changes: TestAgentsChangeTheirPolicy},
	{use: "members add REGION", changes: TestAgentsAreAddedAndRemoved},
	{use: "members remove REGION", changes: TestAgentsAreAddedAndRemoved},
}
