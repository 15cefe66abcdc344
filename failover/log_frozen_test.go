package failover_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"redoubt/failover"
)

// frozen are the logs that were written in format 1, before an event had a Round, and in format 2,
// before a log had hashes, and where they led. Nothing makes them again: how the SHA-256 of each
// begins is here, so that none is replaced by one that suits the code.
var frozen = []struct{ name, log, words string }{
	{
		"format-1-drill-and-change-of-policy",
		"e6c07e992c2ff23bfeaaa6e4d3e4f0cf", "8418c6fd3102cfdbd21a7cb28be57e3b",
	},
	{
		"format-1-failover-and-failback",
		"81a690f0d5ea662a0ada44ad5804ddce", "bf0809210bd91fe76c0771a68c1372b7",
	},
	{
		"format-1-two-stores-and-a-lost-agent",
		"97d425cc7a686a30eb27fec6fa75d786", "e7de10885d340a2aadd2b09e15858a99",
	},
	{
		"format-2-drill-and-change-of-policy",
		"fce19bedc8c4b87bd29c58f4ac71e148", "8418c6fd3102cfdbd21a7cb28be57e3b",
	},
	{
		"format-2-failover-and-failback",
		"da27f384dcc91c1a192f694332c77c84", "bf0809210bd91fe76c0771a68c1372b7",
	},
	{
		"format-2-two-stores-and-a-lost-agent",
		"11807a08375d4733ef66166cbcfefefa", "e7de10885d340a2aadd2b09e15858a99",
	},
}

// The logs of earlier formats are those that were recorded then. They are replayed with the others,
// and nobody goes on with one, which would be read without what was not written then.
func TestLogsOfAnEarlierFormatStayAsTheyAre(t *testing.T) {
	for _, row := range frozen {
		t.Run(row.name, func(t *testing.T) {
			path := filepath.Join("testdata/logs", row.name+".log")
			data := read(t, path)
			for content, want := range map[string]string{
				string(data): row.log, string(read(t, words(path))): row.words,
			} {
				sum := sha256.Sum256([]byte(content))
				if got := fmt.Sprintf("%x", sum[:16]); got != want {
					t.Errorf("it is another one: got SHA-256 %s, want %s", got, want)
				}
			}
			recorder, err := failover.ResumeLog(data)
			var damage *failover.LogError
			if err == nil || errors.As(err, &damage) || recorder != (failover.Recorder{}) {
				t.Errorf("got %v, want that it is sound, and that nobody goes on with it", err)
			}
		})
	}
}
