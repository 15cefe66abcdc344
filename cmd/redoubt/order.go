package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"redoubt/api"
)

// An orderRule is a command that gives an order.
type orderRule struct {
	api.Form
	// use is its place on the command line, with what it takes; long says more about it.
	use, long string
}

// orderPlaces are the words of the verbs that stand elsewhere on the command line.
var orderPlaces = map[string]string{
	"pull-brake": "brake pull", "lift-brake": "brake lift", "dry-drill": "drill dry",
	"drill": "drill full", "approve-drill": "drill approve", "change-policy": "policy change",
	"add-member": "" +
		"members add", "remove-member": "members remove",
}

// orderLongs say more about some verbs.
var orderLongs = map[string]string{
	"change-policy": "" +
		"Each agent is started anew with the new scenario before, one after the other: it goes\n" +
		"on under the policy that the log is under. The order is refused while an agent that is\n" +
		"heard of lacks the new policy, while a plan runs, or where the new policy has no place\n" +
		"for how things are. It counts for all agents at the same entry of the log.",
	"add-member": "" +
		"The agents are started with a scenario that has REGION, and the one of REGION too,\n" +
		"before. It gets the log, and votes once it has all of it and the policy counts its vote:\n" +
		"for a region that is new, after redoubt policy change.",
	"remove-member": "" +
		"It has no vote from then on, and nothing that it says counts; end it. The order is\n" +
		"refused while REGION serves, writes or may be open to writes, while a plan runs, and\n" +
		"where too few agents would be left to decide, or to be heard of.",
}

// orderRules are the orders that people give, in the order of the API's forms.
func orderRules() (rules []orderRule) {
	for _, form := range api.Forms() {
		use := firstOf(orderPlaces[form.Verb], form.Verb)
		if form.Region {
			use += " REGION"
		}
		rules = append(rules, orderRule{Form: form, use: use, long: orderLongs[form.Verb]})
	}
	return rules
}

// orderCommands make a command of each rule; those of two words get a parent, which may be one of
// those that are there.
func orderCommands(there ...*cobra.Command) []*cobra.Command {
	var all []*cobra.Command
	parents := map[string]*cobra.Command{}
	for _, cmd := range there {
		parents[cmd.Name()] = cmd
	}
	shorts := map[string]string{
		"brake": "Stop what moves regions by itself, or let it go on",
		"drill": "Rehearse a failover, with or without an effect", "policy": "Change the policy",
	}
	for _, rule := range orderRules() {
		cmd := orderCommand(&rule)
		words := strings.Fields(rule.use)
		if len(words) == 1 || strings.ToUpper(words[1]) == words[1] {
			all = append(all, cmd)
			continue
		}
		parent := parents[words[0]]
		if parent == nil {
			parent = &cobra.Command{Use: words[0], Short: shorts[words[0]], RunE: runRoot}
			parent.Args = cobra.ArbitraryArgs
			parent.SetFlagErrorFunc(needsWord)
			parents[words[0]], all = parent, append(all, parent)
		}
		cmd.Use = strings.Join(words[1:], " ")
		parent.AddCommand(cmd)
	}
	return all
}

// needsWord says what a command lacks that has flags in place of its second word.
func needsWord(cmd *cobra.Command, err error) error {
	if cmd.HasSubCommands() {
		var all []string
		for _, sub := range cmd.Commands() {
			all = append(all, cmd.CommandPath()+" "+sub.Use)
		}
		return misused("say "+strings.Join(all, ", or "), "%s needs to know what", cmd.CommandPath())
	}
	return flagError(cmd, err)
}

// orderCommand makes the command of a rule.
func orderCommand(rule *orderRule) *cobra.Command {
	var o api.Order
	cmd := &cobra.Command{
		Use: rule.use, Short: rule.Does,
		Long: rule.Does + ".\n\nThe order goes to an agent, and through it into the log, where it is\n" +
			"judged of what you had before you: --over says which status that was, by the time of the\n" +
			"log that redoubt status shows. Without it, it is judged of the status that this command\n" +
			"fetches right before, which you have not seen. Who gave it and why is kept. Should the\n" +
			"answer be lost, repeat the command with the --name and --over that are printed: an order\n" +
			"is judged once.",
	}
	if rule.Group {
		cmd.Long = rule.Does + ".\n\n" + rule.long
	}
	cmd.Args = func(cmd *cobra.Command, arguments []string) error {
		switch {
		case rule.Region && len(arguments) != 1:
			return misused("see "+cmd.CommandPath()+" --help", "%s needs one region", cmd.Name())
		case !rule.Region && len(arguments) > 0:
			return misused("", "%s takes no arguments, and %q is one", cmd.Name(), arguments[0])
		}
		return nil
	}
	addOrder(cmd, rule, &o)
	connected, output := addConnection(cmd), addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, arguments []string) error {
		if o.Why == "" {
			return misused("write for instance --why 'ticket 4711'", "say why with --why: it is kept")
		}
		if !rule.Group && cmd.Flags().Changed("over") && o.Said <= 0 {
			return misused("redoubt status shows it", "--over needs the log's time of a status")
		}
		client, err := connected.client()
		if err != nil {
			return err
		}
		if o.Verb = rule.Verb; rule.Region {
			o.Region = arguments[0]
		}
		return giveOrder(cmd, connected, client, o, output.value, rule.Group)
	}
	return cmd
}

// addOrder has a command take what an order of its rule consists of.
func addOrder(cmd *cobra.Command, rule *orderRule, o *api.Order) {
	flags := cmd.Flags()
	flags.StringVar(&o.Why, "why", "", "the reason, which is kept with the order")
	if !rule.Group {
		flags.StringVar(&o.Name, "name", "", "the name of an order that is said again, "+
			"as it was printed: 16 hexadecimal digits")
		flags.Int64Var(&o.Said, "over", 0, "the status that it is given over: its said_ns, nanoseconds "+
			"of the log's time (default: that of the status fetched right before)")
	}
	if rule.Target {
		flags.StringVar(&o.Target, "to", "", "who takes over, as it was asked; none in an evacuation")
	}
	if rule.Part {
		flags.StringVar(&o.Store, "store", "", "only this store")
	}
	if rule.Part && rule.Target {
		flags.StringVar(&o.Part, "part", "", "how much of it: region, store or routing")
	}
	if rule.Stages {
		flags.BoolVar(&o.AtOnce, "at-once", false, "shift the traffic without stages")
	}
	if rule.Loss || rule.MayLoss {
		flags.StringVar(&o.AcceptLoss, "accept-loss", "",
			"seconds of writes that may be lost, as 30s, or any")
		flags.Uint64Var(&o.AcceptWrites, "accept-writes", 0, "how many writes that is taken for")
	}
	if rule.Gone {
		flags.BoolVar(&o.Gone, "gone", false, "the region is gone for good: nobody writes any more to a "+
			"copy there that could not be fenced; with --accept-loss any")
	}
	if rule.Causes {
		flags.StringSliceVar(&o.Causes, "cause", nil,
			"zone-failure, corruption, security-incident or bad-release; may be given more than once")
	}
}

// giveOrder gives an order over what somebody had before them, or else over what the agent says of
// itself now. The order's name is said whenever it may be needed.
func giveOrder(
	cmd *cobra.Command, connected *connection, client *api.Client, o api.Order, form string,
	group bool,
) error {
	if o.Said == 0 && !group {
		err := connected.within(cmd.Context(), questionWait, func(ctx context.Context) error {
			status, err := client.Status(ctx)
			o.Said = status.Said
			return err
		})
		if err != nil {
			return err
		}
	}
	var answer api.Answer
	err := connected.within(cmd.Context(), orderWait, func(ctx context.Context) (err error) {
		answer, err = client.Order(ctx, o)
		return err
	})
	if err != nil && group {
		return err // It may be said again as it is: what is so already is not done twice.
	}
	if errors.Is(err, api.ErrUnknown) { // Else the agent says that it has not taken it.
		fmt.Fprintf(cmd.ErrOrStderr(), "redoubt: the order may have been taken; to say it again, and "+
			"have it judged once: --name %s --over %d\n", answer.Name, o.Said)
	}
	if err != nil {
		return err
	}
	err = writeResult(cmd.OutOrStdout(), form, orderView{Answer: answer, order: o})
	if answer.Refused != "" {
		err = errors.Join(err, &hinted{
			error: fmt.Errorf("the order to %s is refused: %s", saidOf(&o), answer.Refused),
			hint: "redoubt status and redoubt explain say how things are; nothing has changed by the " +
				"order",
		})
	}
	return err
}

// saidOf is an order as people say it.
func saidOf(o *api.Order) string {
	return strings.TrimSpace(strings.ReplaceAll(o.Verb, "-", " ") + " " + o.Region)
}

// orderView shows what became of an order.
type orderView struct {
	api.Answer
	order api.Order
}

func (v orderView) structure() any { return v.Answer }

func (v orderView) document() *document {
	d := &document{}
	if v.Refused == "" {
		d.paragraph("The order to %s is entry %d of the log (name %s).", saidOf(&v.order), v.Index,
			v.Name)
	}
	d.list(v.Warnings...)
	return d
}

func (v orderView) records() [][]string {
	return [][]string{
		{"verb", "name", "index", "refused"},
		{v.order.Verb, v.Name, fmt.Sprint(v.Index), v.Refused},
	}
}
