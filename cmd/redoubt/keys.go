package main

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"redoubt/api"
	"redoubt/model"
	"redoubt/peer"
)

// keysLong is the help of keys.
const keysLong = "keys makes what agents know each other by, and people: an authority that\n" +
	"signs the certificate of each region's agent, a key of gossip, and tokens. Whoever has the\n" +
	"authority's key can speak for every region: keep authority.key away from the agents, and give\n" +
	"each of them its own .pem and .key, authority.pem, gossip.keys and tokens."

// Names of files, and how long what is in them lasts unless somebody says.
const (
	authorityFile   = "authority"
	gossipFile      = "gossip.keys"
	tokensFile      = "tokens"
	authorityDays   = 10 * 365
	certificateDays = 365
	hoursPerDay     = 24
)

func keysCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "keys", Short: "Make the keys and certificates of agents, and tokens of people",
		Long: keysLong, Args: cobra.ArbitraryArgs, RunE: runRoot,
	}
	cmd.AddCommand(keysInitCommand(), keysIssueCommand(), keysTokenCommand())
	return cmd
}

func keysInitCommand() *cobra.Command {
	var scenario string
	cmd := &cobra.Command{
		Use:   "init FOLDER --scenario SCENARIO",
		Short: "Make everything that the agents of a scenario need, in a new folder",
		Args:  oneArgument("init", "a folder"),
	}
	cmd.Flags().StringVar(&scenario, "scenario", "", "the scenario whose regions get a certificate")
	cmd.RunE = func(cmd *cobra.Command, arguments []string) error {
		if scenario == "" {
			return misused("write --scenario FILE", "keys init needs the scenario")
		}
		read, err := loadScenario(scenario)
		if err != nil {
			return err
		}
		if err := makeKeys(arguments[0], read); err != nil {
			return err
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s has the keys of %s. An operator's token is in %s.\n",
			arguments[0], plural(len(read.Regions), "region"), filepath.Join(arguments[0], "operator.token"))
		return nil
	}
	return cmd
}

// makeKeys makes all keys of a scenario in a folder that is not there yet.
func makeKeys(folder string, s *model.Scenario) error {
	if err := os.Mkdir(folder, 0o700); err != nil {
		return fmt.Errorf("make the folder: %w", err)
	}
	authority, err := peer.NewAuthority(s.Name, authorityDays*hoursPerDay*time.Hour)
	if err != nil {
		return err
	}
	if err := writePair(folder, authorityFile, authority.Pair()); err != nil {
		return err
	}
	for _, region := range s.Regions {
		pair, err := authority.Issue(region.Name, certificateDays*hoursPerDay*time.Hour)
		if err != nil {
			return err
		}
		if err := writePair(folder, region.Name, pair); err != nil {
			return err
		}
	}
	var key [32]byte
	_, _ = rand.Read(key[:]) // It never fails, and says so.
	text := base64.StdEncoding.EncodeToString(key[:]) + "\n"
	if err := writeSecret(folder, gossipFile, text); err != nil {
		return err
	}
	_, err = addToken(folder, api.Person{Name: "operator", Role: api.Operator})
	return err
}

// writePair writes a certificate, which everybody may read, and its key.
func writePair(folder, name string, pair peer.Pair) error {
	err := os.WriteFile(filepath.Join(folder, name+".pem"), pair.Certificate, 0o644)
	if err != nil {
		return fmt.Errorf("write a certificate: %w", err)
	}
	return writeSecret(folder, name+".key", string(pair.Key))
}

// writeSecret writes a file that only its owner reads.
func writeSecret(folder, name, text string) error {
	if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
		return fmt.Errorf("write a key: %w", err)
	}
	return nil
}

// addToken makes a token, keeps it in a file of its own, and lets it in.
func addToken(folder string, person api.Person) (path string, err error) {
	if person.Name == "" || strings.ContainsAny(person.Name, " \t\n#/\\") {
		return "", misused("", "%q is no name: it has no spaces, #, / or \\", person.Name)
	}
	name := person.Name + ".token"
	if _, err := os.Stat(filepath.Join(folder, name)); !errors.Is(err, fs.ErrNotExist) {
		return "", misused("remove it, and their line of "+tokensFile+", to give them another",
			"%s has a token already", person.Name)
	}
	secret, line := api.NewToken(person)
	file, err := os.OpenFile(filepath.Join(folder, tokensFile),
		os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return "", fmt.Errorf("let the token in: %w", err)
	}
	_, err = file.WriteString(line)
	if err = errors.Join(err, file.Close()); err != nil {
		return "", fmt.Errorf("let the token in: %w", err)
	}
	return filepath.Join(folder, name), writeSecret(folder, name, secret+"\n")
}

func keysIssueCommand() *cobra.Command {
	var folder string
	var days int
	cmd := &cobra.Command{
		Use:   "issue REGION --folder FOLDER",
		Short: "Make a region's certificate and key anew, with the authority of a folder",
		Args:  oneArgument("issue", "a region"),
	}
	cmd.Flags().StringVar(&folder, "folder", ".", "where the authority is, and the keys go")
	cmd.Flags().IntVar(&days, "days", certificateDays, "for how many days it is valid")
	cmd.RunE = func(cmd *cobra.Command, arguments []string) error {
		if days < 1 || days > authorityDays {
			return misused("", "--days must be from 1 to %d, is %d", authorityDays, days)
		}
		certificate, err := os.ReadFile(filepath.Join(folder, authorityFile+".pem"))
		key, problem := os.ReadFile(filepath.Join(folder, authorityFile+".key"))
		if err = errors.Join(err, problem); err != nil {
			return fmt.Errorf("read the authority: %w", err)
		}
		authority, err := peer.LoadAuthority(peer.Pair{Certificate: certificate, Key: key})
		if err != nil {
			return err
		}
		pair, err := authority.Issue(arguments[0], time.Duration(days)*hoursPerDay*time.Hour)
		if err != nil {
			return err
		}
		return writePair(folder, arguments[0], pair)
	}
	return cmd
}

func keysTokenCommand() *cobra.Command {
	var folder string
	role := &choice{value: api.Viewer.String(), what: "role",
		words: []string{api.Viewer.String(), api.Operator.String()}}
	cmd := &cobra.Command{
		Use:   "token NAME --folder FOLDER",
		Short: "Make a token with which somebody may ask the agents",
		Args:  oneArgument("token", "a name"),
	}
	cmd.Flags().StringVar(&folder, "folder", ".", "where the tokens are")
	addChoice(cmd, role, "role", "", "what they may do")
	cmd.RunE = func(cmd *cobra.Command, arguments []string) error {
		person := api.Person{Name: arguments[0], Role: api.Viewer}
		if role.value == api.Operator.String() {
			person.Role = api.Operator
		}
		path, err := addToken(folder, person)
		if err != nil {
			return err
		}
		fmt.Fprintf(cmd.OutOrStdout(), "The token of %s is in %s; %s lets it in.\n", person.Name, path,
			filepath.Join(folder, tokensFile))
		return nil
	}
	return cmd
}

// oneArgument demands one argument.
func oneArgument(command, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, arguments []string) error {
		if len(arguments) != 1 || slices.Contains(arguments, "") {
			return misused("see "+cmd.CommandPath()+" --help", "%s needs %s", command, what)
		}
		return nil
	}
}
