package chain

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"
)

// Fault is a file of an archive that is not what the others say of it.
type Fault struct {
	// What is wrong, and with which file.
	What string
	// Gone says that files are missing, and nothing else is known to be wrong.
	Gone bool
}

// Error says what is wrong, and what helps.
func (f *Fault) Error() string {
	helps := "take it from a copy of the archive, or export the archive of another agent"
	if f.Gone {
		helps = "put back what was moved away, or export the archive of another agent"
	}
	return f.What + ": " + helps
}

// Walk follows the files of an archive in their order. The zero value has seen none.
type Walk struct {
	// Earlier says which files come before the first one, where it has a link to one. To move the
	// oldest away is nobody's fault.
	Earlier string
	// Unlinked counts the files from before there were links.
	Unlinked int

	last File
	// began is how the last file begins.
	began start
}

// Last is the last file that was seen.
func (w *Walk) Last() File { return w.last }

// Next goes on with a file, and returns a Fault if it does not follow the one before. It is the
// last one then all the same. Where it is damaged, whoever reads it finds out.
func (w *Walk) Next(name string, data []byte) error {
	link, how := linkOf(data)
	before, began := w.last, w.began
	w.last, w.began = FileOf(before.Number+1, name, data), how
	switch {
	case how == damaged:
		return nil
	case how == linked:
		w.last.Number = link.Before.Number + 1
	case began == linked:
		return &Fault{What: fmt.Sprintf("%s does not say which file it follows, and %s does: somebody "+
			"else has written it, or an agent of an earlier release", name, before.Name)}
	case how == unlinked:
		w.Unlinked++
	}
	if how != linked {
		return nil
	}
	if err := named(name, link.Index); err != nil {
		return err
	}
	if before.Name != "" {
		return follows(name, &link.Before, &before, began == linked || began == begins)
	}
	if link.Before.Name != "" {
		w.Earlier = fmt.Sprintf("%s is the archive's file %d, after %s", name, w.last.Number,
			link.Before.Name)
	}
	return nil
}

// named says that a file has the name of another entry than it begins with.
func named(name string, base uint64) error {
	first, err := strconv.ParseUint(strings.TrimSuffix(name, ".log"), 10, 64)
	if err != nil || first == base+1 {
		return nil // Somebody's own name says nothing.
	}
	return &Fault{What: fmt.Sprintf("%s was given another name: it begins with entry %d", name,
		base+1)}
}

// follows holds what a file's link says against the file before it, whose number may be known.
func follows(name string, says, before *File, numbered bool) error {
	switch {
	case says.Name == "":
		return &Fault{What: fmt.Sprintf("%s begins an archive, and follows %s here: it belongs to "+
			"another one", name, before.Name)}
	case says.Name == name:
		return &Fault{Gone: true, What: fmt.Sprintf("%s was written anew, in place of a file of that "+
			"name which was found damaged", name)}
	case says.Name == before.Name:
		return before.held(says, fmt.Sprintf("when %s was begun", name))
	case numbered && before.Number >= says.Number:
		return &Fault{What: fmt.Sprintf("%s follows %s, and %s is in its place: one of them belongs to "+
			"another archive", name, says.Name, before.Name)}
	}
	return &Fault{Gone: true, What: fmt.Sprintf("%s is missing: %s, which is file %d, follows it",
		says.Name, name, says.Number+1)}
}

// held holds a file against what it was at some time: all of it, if it grows no more.
func (f *File) held(was *File, when string) error {
	what := ""
	switch {
	case f.Size < was.Size:
		what = fmt.Sprintf("%s is cut short: it has %d bytes, and had %d %s", f.Name, f.Size, was.Size,
			when)
	case f.Size > was.Size:
		what = fmt.Sprintf("%s was written to: it has %d bytes, and had %d %s", f.Name, f.Size, was.Size,
			when)
	case f.Sum != was.Sum:
		what = fmt.Sprintf("%s is not what it was %s, or what says so is of another archive", f.Name,
			when)
	default:
		return nil
	}
	return &Fault{What: what}
}

// Holds holds the bytes of the file that an archive's head is of against that: it may have grown
// since.
func (f *File) Holds(data []byte) error {
	now := File{Name: f.Name, Size: int64(len(data))}
	if now.Size >= f.Size {
		now.Size, now.Sum = f.Size, sha256.Sum256(data[:f.Size])
	}
	return now.held(f, "when the archive's head was written")
}

// Lacks says that the file which an archive's head is of is not there.
func (f *File) Lacks() error {
	return &Fault{
		What: fmt.Sprintf("%s is missing: it was the archive's last when its head was written, as "+
			"file %d", f.Name, f.Number), Gone: true,
	}
}
