package report_test

import (
	"bytes"
	"flag"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// TestScreenshots takes the pictures of docs/report.md: go test ./pkg/report
// -run Screenshots -update-screenshots. Without the flag it only looks whether the page
// comes to what they show.
func TestScreenshots(t *testing.T) {
	ctx := browser(t)
	all := items(t)
	few := html(t, all)
	for _, s := range []struct {
		name, hash, to string // to is where the picture ends
		dark           bool
		width          int64
	}{
		{name: "overview", to: ".findings tbody tr:nth-child(6)"},
		{name: "three-blockers", hash: "f=" + idOf(0) + "&gate=identity", to: ".way"},
		{name: "three-blockers-fixed", hash: "f=" + idOf(0) + "&on=1,2", to: ".way"},
		{name: "two-blockers", hash: "f=" + idOf(1) + "&gate=bucket-policy&on=2", to: ".way", dark: true},
		{name: "one-blocker", hash: "f=" + idOf(2) + "&gate=key-policy", to: ".way"},
		{name: "phone", hash: "f=" + idOf(0), to: ".outcome", width: 390},
	} {
		t.Run(s.name, func(t *testing.T) {
			p := open(t, ctx, few, s.hash)
			if s.dark {
				p.dark()
			}
			width := max(s.width, 0)
			if width == 0 {
				width = 1180
			}
			p.size(width, 900)
			bottom := get[float64](p, `document.querySelector(`+quoteJS(s.to)+`).getBoundingClientRect().bottom`)
			if !*updateScreenshots {
				return
			}
			taken, err := chromedp.Call(p.ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{
				CaptureBeyondViewport: new(true),
				Clip:                  &page.Viewport{Width: float64(width), Height: bottom + 12, Scale: 1},
			})
			if err != nil {
				t.Fatal(err)
			}
			data := smaller(t, taken.Data)
			const most = 150 << 10
			if len(data) > most {
				t.Errorf("%d bytes", len(data))
			}
			if err := os.WriteFile(filepath.Join("../../docs/report", s.name+".png"), data, 0o600); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// smaller is the same picture in its 256 most frequent colours.
func smaller(t *testing.T, data []byte) []byte {
	t.Helper()
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	b := picture.Bounds()
	count := make(map[color.Color]int)
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			count[picture.At(x, y)]++
		}
	}
	colours := slices.SortedFunc(maps.Keys(count), func(a, b color.Color) int { return count[b] - count[a] })
	few := image.NewPaletted(b, colours[:min(len(colours), 256)])
	near := make(map[color.Color]uint8, len(colours))
	for _, c := range colours {
		near[c] = uint8(few.Palette.Index(c))
	}
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			few.SetColorIndex(x, y, near[picture.At(x, y)])
		}
	}
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, few); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

var updateScreenshots = flag.Bool("update-screenshots", false, "take the pictures of docs/report.md anew")
