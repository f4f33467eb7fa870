package redact

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// letters are those of a replacement behind its first, an x: no vowel makes a word of
// them, and no x lets one begin inside another.
const letters = "bcdfghjklmnpqrstvwz"

// dictionary has the replacement of every word. It is filled while a case is read once,
// closed, and used while the case is read again.
type dictionary struct {
	words    map[string]bool   // as they were found
	ids      map[string]bool   // whole ids of a known form, such as UUIDs
	accounts map[string]bool   // numbers of 12 digits
	networks map[string]bool   // addresses and networks
	begins   map[string]int    // pieces of words before a wildcard: how many ? follow
	ends     map[string]int    // pieces behind one
	middles  map[string]bool   // pieces between two
	kept     map[string]bool   // words of AWS's own, which may be left
	keep     map[string]bool   // atoms left as they are, to find what is in the way
	to       map[string]string // atom to replacement; nil until closed
	from     map[string]string
}

func newDictionary() *dictionary {
	return &dictionary{
		words: map[string]bool{}, ids: map[string]bool{}, accounts: map[string]bool{}, networks: map[string]bool{},
		begins: map[string]int{}, ends: map[string]int{}, middles: map[string]bool{}, kept: map[string]bool{},
		keep: map[string]bool{}, from: map[string]string{},
	}
}

// close gives every atom its replacement. What the case says already is nobody's
// replacement.
func (d *dictionary) close(original string) {
	d.to, d.from = map[string]string{}, map[string]string{}
	original = strings.ToLower(original)
	d.closeWords(original)
	n := 0
	for _, id := range slices.Sorted(maps.Keys(d.ids)) {
		for to := ""; to == ""; {
			n++
			if to = numbered(id, n); strings.Contains(original, to) {
				to = ""
			} else {
				d.put(id, to)
			}
		}
	}
	n = 100000000000
	for _, account := range slices.Sorted(maps.Keys(d.accounts)) {
		for n++; strings.Contains(original, fmt.Sprint(n)); n++ {
		}
		d.put(account, fmt.Sprint(n))
	}
	for network, to := range networks(d.networks, original) {
		d.put(network, to)
	}
}

func (d *dictionary) put(from, to string) {
	if d.keep[from] {
		to = from
	}
	d.to[from] = to
	if from != to {
		d.from[to] = from
	}
}

// numbered is an id of the same form: digits where the original has letters and digits.
func numbered(id string, n int) string {
	var b strings.Builder
	if id[0] == 'A' && !strings.Contains(id, "-") { // what a unique id is of
		b.WriteString(id[:4])
		id = id[4:]
	}
	digits := fmt.Sprintf("%0*d", len(id)-strings.Count(id, "-"), n)
	for _, c := range id {
		if c == '-' {
			b.WriteByte('-')
			continue
		}
		b.WriteByte(digits[0])
		digits = digits[1:]
	}
	return b.String()
}

// closeWords orders words as they were ordered, and gives those that differ in case
// replacements that differ in case: AWS compares some without regard to it.
func (d *dictionary) closeWords(original string) {
	folded := map[string][]string{}
	for _, word := range slices.Sorted(maps.Keys(d.words)) {
		for _, atom := range d.atoms(word) {
			f := strings.ToLower(atom)
			if !slices.Contains(folded[f], atom) {
				folded[f] = append(folded[f], atom)
			}
		}
	}
	width, room := 4, 1
	for range width {
		room *= len(letters)
	}
	for room < 4*len(folded) {
		width, room = width+1, room*len(letters)
	}
	n := 0
	for _, f := range slices.Sorted(maps.Keys(folded)) {
		to := ""
		for to == "" || strings.Contains(original, to) {
			to = name(n, width)
			n++
		}
		if !ascii(f) {
			to += "é" // what is done to letters beyond ASCII is done to it
		}
		taken := map[string]bool{}
		for _, atom := range folded[f] { // the plain forms first
			if form := cased(atom, to); form != "" && !taken[form] {
				taken[form] = true
				d.put(atom, form)
			}
		}
		bits := 0
		for _, atom := range folded[f] {
			for form := ""; d.to[atom] == ""; bits++ {
				if form = mixed(to, bits); !taken[form] {
					taken[form] = true
					d.put(atom, form)
				}
				if bits > 1<<len(to) {
					d.put(atom, atom) // more spellings of a word than there is room for: it is found left
				}
			}
		}
	}
}

func name(n, width int) string {
	b := make([]byte, width)
	for i := range slices.Backward(b) {
		b[i], n = letters[n%len(letters)], n/len(letters)
	}
	return "x" + string(b)
}

// cased writes a replacement in lower or upper case, or with a capital, where the
// original is; a mix of them is "".
func cased(original, to string) string {
	lower, upper := strings.ToLower(original), strings.ToUpper(original)
	_, first := utf8.DecodeRuneInString(original)
	switch {
	case original == lower:
		return to
	case original == upper && utf8.RuneCountInString(original) > 1:
		return strings.ToUpper(to)
	case original == upper[:min(first, len(upper))]+lower[min(first, len(lower)):]:
		return strings.ToUpper(to[:1]) + to[1:]
	}
	return ""
}

// mixed writes the letters of a replacement in upper case where a number has a bit.
func mixed(to string, bits int) string {
	b := []byte(to)
	for i := range b {
		if bits&(1<<i) != 0 && b[i] >= 'a' && b[i] <= 'z' {
			b[i] -= 'a' - 'A'
		}
	}
	return string(b)
}

// word returns the replacement of a word, piece by piece where a pattern cuts it.
func (d *dictionary) word(word string) string {
	if d.to == nil {
		d.words[word] = true
		return word
	}
	var b strings.Builder
	for _, atom := range d.atoms(word) {
		b.WriteString(d.look(atom))
	}
	return b.String()
}

// look returns the replacement of an atom, and the atom itself if it has none: that is
// found in the end.
func (d *dictionary) look(atom string) string {
	if to, ok := d.to[atom]; ok {
		return to
	}
	return atom
}

// atoms cuts a word where a pattern of the case does: behind tea if there is tea*.
func (d *dictionary) atoms(word string) []string {
	runes, folded := []rune(word), []rune(strings.ToLower(word))
	if len(runes) != len(folded) {
		return []string{word}
	}
	cut := map[int]bool{}
	single := map[int]bool{} // what ? stands for
	text := string(folded)
	for piece, more := range d.begins {
		if n := utf8.RuneCountInString(piece); strings.HasPrefix(text, piece) && n < len(runes) {
			for i := 0; i <= more && n+i < len(runes); i++ {
				cut[n+i], single[n+i] = true, single[n+i] || i < more
			}
		}
	}
	for piece, more := range d.ends {
		if n := len(runes) - utf8.RuneCountInString(piece); strings.HasSuffix(text, piece) && n > 0 {
			for i := 0; i <= more && n-i > 0; i++ {
				cut[n-i], single[n-i] = true, single[n-i] || i > 0
			}
			if more > 0 && n-more <= 0 {
				single[0] = true
			}
		}
	}
	for piece := range d.middles {
		for from := 0; ; {
			i := strings.Index(text[from:], piece)
			if i < 0 {
				break
			}
			cut[utf8.RuneCountInString(text[:from+i])] = true
			cut[utf8.RuneCountInString(text[:from+i+len(piece)])] = true
			from += i + len(piece)
		}
	}
	var atoms []string
	for from := 0; from < len(runes); {
		to := from + 1
		for to < len(runes) && !cut[to] {
			to++
		}
		atoms = append(atoms, string(runes[from:to]))
		if single[from] && to == from+1 {
			d.keep[string(runes[from:to])] = true
		}
		from = to
	}
	return atoms
}

func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

// ofWord reports whether a character belongs to a word: everything that says something,
// and no punctuation, control or invisible character.
func ofWord(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	}
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsSymbol(r) || unicode.IsMark(r))
}
