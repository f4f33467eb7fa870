package cleantest

import (
	"encoding/csv"
	"fmt"
	"strings"
)

// CheckCSV reports a cell of a finished CSV file that a spreadsheet could take
// for a formula, in regions that separate by semicolons too, or that holds a
// character a reader cannot see.
func CheckCSV(text string) error {
	records, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		return err
	}
	for line, record := range records {
		for column, field := range record {
			if err := checkField(field); err != nil {
				return fmt.Errorf("record %d, field %d: %w", line+1, column+1, err)
			}
		}
	}
	return nil
}

func checkField(field string) error {
	if err := checkVisible(field, ""); err != nil {
		return err
	}
	for _, cell := range strings.Split(field, ";") {
		// An apostrophe in front is what makes text of it.
		if strings.HasPrefix(cell, "'") {
			continue
		}
		begin := strings.TrimLeft(cell, ` '"`)
		for _, sign := range []string{"=", "+", "-", "@", "＝", "＋", "－", "＠", "﹦", "﹢", "﹣", "﹫"} {
			if strings.HasPrefix(begin, sign) {
				return fmt.Errorf("formula: %q", cell)
			}
		}
	}
	return nil
}
