package main

import (
	"context"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"redoubt/api"
	"redoubt/units"
)

// oneScenarioOrAgent checks that a scenario was named, or an agent, and not both.
func oneScenarioOrAgent(cmd *cobra.Command, arguments []string) error {
	if !cmd.Flags().Changed("address") {
		return oneScenario(cmd, arguments)
	}
	if len(arguments) > 0 {
		return misused("leave out one of the two", "--address asks an agent, which has a scenario")
	}
	for _, name := range []string{"strategy", "seed", "at", "set"} {
		if cmd.Flags().Changed(name) {
			return misused("", "--%s is of a scenario, and --address asks an agent", name)
		}
	}
	return nil
}

// liveTopology shows the regions and the ways between them as an agent has them.
func liveTopology(cmd *cobra.Command, connected *connection, form string) error {
	client, err := connected.client()
	if err != nil {
		return err
	}
	var status api.Status
	err = connected.within(cmd.Context(), questionWait, func(ctx context.Context) (err error) {
		status, err = client.StatusNow(ctx)
		return err
	})
	if err != nil {
		return err
	}
	return writeResult(cmd.OutOrStdout(), form, estateView{&status})
}

// estateView shows the regions and the ways between them as an agent has them.
type estateView struct{ *api.Status }

func (v estateView) document() *document {
	d := &document{}
	d.heading("%s: as the agent of %s has it, entry %d", v.Scenario, v.Region, v.Index)
	d.list(v.Warnings()...)
	regions := newTable("<region", "<is", "users %", "can carry", "<impaired")
	ways := newTable("<round trip to, and what is seen")
	for i := range v.Regions {
		r := &v.Regions[i]
		regions.row(r.Region, v.is(r), usersOf(r), r.CanCarry(), wrongWith(r))
		ways.headers = append(ways.headers, r.Region)
	}
	for i := range v.Regions {
		cells := []string{v.Regions[i].Region}
		for j := range v.Regions {
			cells = append(cells, v.way(v.Regions[i].Region, v.Regions[j].Region))
		}
		ways.row(cells...)
	}
	d.table(regions)
	d.table(ways)
	for i := range v.Stores {
		if text := v.Stores[i].Lags(); text != "" {
			d.paragraph("The %s.", text)
		}
	}
	d.heading("Where these are from")
	d.list(append([]string{
		"up, down, unknown: what the agent of the row last said of the region of the column; it does " +
			"not look where nothing stands",
		"assumed by the scenario, not measured: round trips, and by its routing where users are sent",
	}, v.Sources()...)...)
	return d
}

// is what a region does, and that its agent leads.
func (v estateView) is(r *api.RegionStatus) string {
	if r.Region == v.Leader {
		return v.Does(r) + ", leads"
	}
	return v.Does(r)
}

// usersOf is the part of all users that is sent to a region.
func usersOf(r *api.RegionStatus) string {
	switch {
	case r.Users != nil:
		return percent(*r.Users, 1)
	case r.Role == "witness":
		return none
	}
	return "not known"
}

// wrongWith is what is wrong with a region, as far as anybody can tell.
func wrongWith(r *api.RegionStatus) string {
	wrong := r.Impaired()
	if over := r.Overload(); over != "" {
		wrong = append(wrong, over)
	}
	all := strings.Join(wrong, ", ")
	switch unsure := r.Unsure(); {
	case unsure == "":
		return all
	case all == "":
		return unsure
	default:
		return all + "; " + unsure
	}
}

// way is how far it is from one region to another, and what the one's agent sees of the other.
func (v estateView) way(from, to string) string {
	text := ""
	for _, link := range v.Links {
		if link.From == from && link.To == to {
			text = units.RoundTrip(secondsLong(link.RTT))
		}
	}
	return strings.TrimSpace(text + " " + v.Seen(from, to))
}

func (v estateView) structure() any {
	type region struct {
		Name     string   `json:"name"`
		Does     string   `json:"role"`
		Leads    bool     `json:"leads"`
		Users    *float64 `json:"users"`
		Carries  *float64 `json:"can_carry"`
		Verdict  string   `json:"verdict"`
		Impaired []string `json:"impaired"`
	}
	type way struct {
		api.Link
		Seen string `json:"seen,omitempty"`
	}
	out := struct {
		SchemaVersion int               `json:"schema_version"`
		Scenario      string            `json:"scenario"`
		Index         uint64            `json:"index"`
		Regions       []region          `json:"regions"`
		Ways          []way             `json:"ways"`
		Stores        []api.StoreStatus `json:"stores"`
	}{
		schemaVersion, v.Scenario, v.Index, []region{}, []way{},
		append([]api.StoreStatus{}, v.Stores...),
	}
	for i := range v.Regions {
		r := &v.Regions[i]
		out.Regions = append(out.Regions, region{
			r.Region, v.Does(r), r.Region == v.Leader, r.Users, r.Carries(), r.Verdict,
			append([]string{}, r.Impaired()...),
		})
	}
	for _, link := range v.Links {
		out.Ways = append(out.Ways, way{link, v.Seen(link.From, link.To)})
	}
	return out
}

// records give a row for each way, with what its end is.
func (v estateView) records() [][]string {
	rows := [][]string{
		{
			"from", "to", "assumed_rtt_seconds", "seen", "to_is", "to_users", "to_impaired",
			"to_can_carry",
		},
	}
	for _, link := range v.Links {
		for i := range v.Regions {
			r := &v.Regions[i]
			if r.Region != link.To {
				continue
			}
			share := func(of *float64) string {
				if of == nil {
					return ""
				}
				return strconv.FormatFloat(*of, 'f', -1, 64)
			}
			rows = append(rows, []string{
				link.From, link.To, number(link.RTT).String(), v.Seen(link.From, link.To), v.is(r),
				share(r.Users), strings.Join(r.Impaired(), "; "), share(r.Carries()),
			})
		}
	}
	return rows
}
