package outbound

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"plumbline/models"
	"plumbline/services"
)

// canary counts who comes; nobody should.
type canary struct {
	*httptest.Server
	hits atomic.Int64
}

func newCanary(t *testing.T, host string) *canary {
	t.Helper()
	c := &canary{}
	c.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.hits.Add(1)
		fmt.Fprint(w, "canary")
	}))
	listener, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		t.Skipf("%s cannot be listened on: %v", host, err)
	}
	c.Listener.Close()
	c.Listener = listener
	c.Start()
	t.Cleanup(c.Close)
	return c
}

func (c *canary) address() netip.AddrPort {
	return netip.MustParseAddrPort(c.Listener.Addr().String())
}

// ask sends a GET and gives what came of it.
func ask(c *Client, address string) (services.OutsideResponse, error) {
	return c.Send(context.Background(), services.OutsideRequest{URL: address})
}

func kindOf(err error) models.ErrorKind {
	var forPeople *models.Error
	if errors.As(err, &forPeople) {
		return forPeople.Kind
	}
	return ""
}

// spellings are hosts that lead to what is not public, in every way that somebody may write one.
var spellings = []string{
	// Loopback.
	"127.0.0.1", "127.0.0.1.", "127.1", "127.0.1", "127.255.255.254", "0177.0.0.1", "0177.0.0.01", "00000177.0.0.1", "0x7f.0.0.1", "0x7f.1",
	"0x7f000001", "0X7F000001", "2130706433", "017700000001", "127.0.0.1%00", "127.000.000.001", "127.0.0.0x1", "localhost", "LOCALHOST", "localhost.", "ip6-localhost",
	"%31%32%37.0.0.1", "①②⑦.⓪.⓪.①", "127。0。0。1", "127．0．0．1", "[::1]", "[0:0:0:0:0:0:0:1]", "[0000::0001]", "[::1%25lo]",
	// IPv4 inside IPv6.
	"[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::127.0.0.1]", "[::ffff:0:127.0.0.1]", "[64:ff9b::127.0.0.1]",
	"[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2002:7f00:1::1]", "[2001:0:4136:e378:8000:63bf:80ff:fffe]", "[2a00:1450::5efe:7f00:1]", "[::ffff:169.254.169.254]",
	// Unspecified, private, link-local, metadata, multicast, reserved.
	"0", "0.0.0.0", "[::]", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "100.64.0.1", "100.100.100.200",
	"169.254.169.254", "169.254.0.1", "0xa9fea9fe", "2852039166", "0251.0376.0251.0376", "168.63.129.16", "192.0.0.192", "[fd00:ec2::254]", "[fd00::1]", "[fc00::1]",
	"[fe80::1]", "[fe80::1%25eth0]", "[fec0::1]", "224.0.0.1", "239.255.255.255", "[ff02::1]", "240.0.0.1", "255.255.255.255", "198.18.0.1",
	"192.0.2.1", "203.0.113.9", "[2001:db8::1]", "[3fff::1]", "[100::1]", "[5f00::1]",
	// Names that resolve to such an address.
	"loopback.test", "mapped.test", "both.test", "metadata.google.internal", "private.test",
	// What looks like another host.
	"example.org@127.0.0.1", "example.org:80@127.0.0.1", `example.org\@127.0.0.1`, "127.0.0.1#@example.org", "127.0.0.1?@example.org", "%20127.0.0.1", "127.0.0.1%0d%0a",
}

// names is a name server's knowledge; each question takes the next of a name's answers.
var names = map[string][]string{
	"loopback.test.": {"127.0.0.1", "::1"}, "mapped.test.": {"::ffff:127.0.0.1"}, "both.test.": {"10.0.0.1", "127.0.0.1", "::1"},
	"metadata.google.internal.": {"169.254.169.254"}, "private.test.": {"192.168.1.1", "fd00::1"}, "localhost.": {"127.0.0.1", "::1"},
	"ip6-localhost.": {"::1"},
}

func TestSend_reachesNothingButPublicAddresses(t *testing.T) {
	four, six := newCanary(t, "127.0.0.1"), newCanary(t, "::1")
	c := New(Settings{Time: 3 * time.Second, Resolver: nameServer(t, func(name string, _ int) []string { return names[name] })})
	// With the canaries' ports let through on other machines' addresses, the address alone decides.
	for _, one := range []*canary{four, six} {
		c.settings.Let = append(c.settings.Let, netip.AddrPortFrom(netip.MustParseAddr("203.0.114.1"), one.address().Port()))
	}
	if len(spellings) < 40 {
		t.Fatalf("only %d spellings", len(spellings))
	}

	for _, host := range spellings {
		for _, port := range []string{"", ":80", fmt.Sprintf(":%d", four.address().Port()), fmt.Sprintf(":%d", six.address().Port())} {
			address := "http://" + host + port + "/"
			if strings.ContainsAny(host, "#?") {
				before, after, _ := strings.Cut(host, host[strings.IndexAny(host, "#?"):][:1])
				address = "http://" + before + port + "/" + host[len(before):][:1] + after
			}
			answer, err := ask(c, address)
			if err == nil {
				t.Errorf("%s was answered: %q", address, answer.Body)
			}
			if kind := kindOf(err); kind != models.ErrInvalid && kind != models.ErrUnreachable {
				t.Errorf("%s: %v is no sentence for people", address, err)
			}
		}
	}
	if hits := four.hits.Load() + six.hits.Load(); hits != 0 {
		t.Errorf("the canary was reached %d times", hits)
	}
	t.Logf("%d spellings", len(spellings))
}

// The canary sings when it may be reached, so that its silence above means something.
func TestSend_reachesWhatIsLet(t *testing.T) {
	four, six := newCanary(t, "127.0.0.1"), newCanary(t, "::1")
	c := New(Settings{Let: []netip.AddrPort{four.address(), six.address()},
		Resolver: nameServer(t, func(name string, _ int) []string { return names[name] })})
	for _, address := range []string{four.URL, six.URL, fmt.Sprintf("http://loopback.test:%d/", four.address().Port())} {
		if answer, err := ask(c, address); err != nil || string(answer.Body) != "canary" {
			t.Errorf("%s: %q, %v", address, answer.Body, err)
		}
	}
}

func TestAllows_refusesWhatSendRefuses(t *testing.T) {
	let := netip.MustParseAddrPort("10.0.0.5:8080")
	c := New(Settings{Let: []netip.AddrPort{let}})
	for address, allowed := range map[string]bool{
		"http://127.0.0.1/x": false, "http://[::1]/": false, "http://localhost/": false, "http://169.254.169.254/latest": false,
		"https://10.0.0.5/": false, "http://10.0.0.6:8080/": false, "http://93.184.215.14:8080/": false, "ftp://93.184.215.14/": false, "": false,
		"http://10.0.0.5:8080/hook": true, "https://93.184.215.14/hook": true, "https://no-such-name.invalid/": true,
	} {
		if err := c.Allows(t.Context(), address); (err == nil) != allowed || err != nil && kindOf(err) != models.ErrInvalid {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestSend_checksWhereRedirectsLead(t *testing.T) {
	closed := newCanary(t, "127.0.0.1")
	var target string
	open := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, target, http.StatusFound)
	}))
	defer open.Close()
	c := New(Settings{Let: []netip.AddrPort{netip.MustParseAddrPort(open.Listener.Addr().String())}, Time: 3 * time.Second,
		Resolver: nameServer(t, func(name string, _ int) []string { return names[name] })})

	port := closed.address().Port()
	for _, target = range []string{closed.URL, fmt.Sprintf("http://loopback.test:%d/", port), fmt.Sprintf("http://[::ffff:127.0.0.1]:%d/", port),
		"http://169.254.169.254/latest/meta-data/", "file:///etc/passwd", "gopher://127.0.0.1/", "http://u:p@example.org/", "//127.0.0.1/", "http://0/"} {
		if answer, err := ask(c, open.URL); err == nil {
			t.Errorf("the redirect to %s was answered: %q", target, answer.Body)
		}
	}
	if closed.hits.Load() != 0 {
		t.Error("a redirect led to the canary")
	}

	target = "/again"
	if _, err := ask(c, open.URL); kindOf(err) != models.ErrUnreachable || !strings.Contains(err.Error(), "5 times") {
		t.Errorf("endless redirects: %v", err)
	}
}

func TestSend_gainsNothingFromANameThatChangesItsAnswer(t *testing.T) {
	closed := newCanary(t, "127.0.0.1")
	asked := map[string]int{}
	// The first answers are public, later ones are not; whatever comes, the address dialled is checked.
	resolver := nameServer(t, func(name string, times int) []string {
		asked[name] = times
		if times <= 2 {
			return []string{"203.0.114.1"}
		}
		return []string{"127.0.0.1"}
	})
	c := New(Settings{Time: 300 * time.Millisecond, Resolver: resolver,
		Let: []netip.AddrPort{netip.AddrPortFrom(netip.MustParseAddr("203.0.114.1"), closed.address().Port())}})
	for range 5 {
		if answer, err := ask(c, fmt.Sprintf("http://rebind.test:%d/", closed.address().Port())); err == nil {
			t.Errorf("it was answered: %q", answer.Body)
		}
	}
	if closed.hits.Load() != 0 {
		t.Error("the name led to the canary")
	}
	if asked["rebind.test."] <= 2 {
		t.Error("the name never changed its answer")
	}
}

func TestSend_asksTwoPortsAlone(t *testing.T) {
	c := New(Settings{Time: time.Second})
	for _, address := range []string{"http://example.org:22/", "https://example.org:8443/", "http://example.org:65535/", "http://93.184.215.14:6379/"} {
		if _, err := ask(c, address); kindOf(err) != models.ErrInvalid || !strings.Contains(err.Error(), "ports 80 and 443") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestSend_takesNoProxyFromTheEnvironment(t *testing.T) {
	proxy := newCanary(t, "127.0.0.1")
	t.Setenv("HTTP_PROXY", proxy.URL)
	t.Setenv("HTTPS_PROXY", proxy.URL)
	t.Setenv("ALL_PROXY", proxy.URL)
	c := New(Settings{Time: 200 * time.Millisecond, Let: []netip.AddrPort{proxy.address()},
		Resolver: nameServer(t, func(string, int) []string { return nil })})
	_, _ = ask(c, "http://elsewhere.test/") // fails either way; the proxy must not hear of it
	if proxy.hits.Load() != 0 {
		t.Error("the proxy was asked")
	}
}

// served gives a client that may reach a server with this handler.
func served(t *testing.T, settings Settings, handler http.HandlerFunc) (*Client, string) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	settings.Let = append(settings.Let, netip.MustParseAddrPort(server.Listener.Addr().String()))
	return New(settings), server.URL
}

func TestSend_givesUpOnWhatIsTooLarge(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"announced": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "1073741824") },
		"not announced": func(w http.ResponseWriter, _ *http.Request) {
			for chunk := make([]byte, 64<<10); ; {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		},
		"packed": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			zip := gzip.NewWriter(w)
			for chunk := make([]byte, 1<<20); ; {
				if _, err := zip.Write(chunk); err != nil {
					return
				}
			}
		},
		"packed twice": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Encoding", "gzip, gzip") },
	} {
		t.Run(name, func(t *testing.T) {
			c, address := served(t, Settings{Bytes: 1 << 20}, handler)
			if _, err := ask(c, address); kindOf(err) != models.ErrUnreachable {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestSend_givesUpOnWhatNeverEnds(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"a body by the letter": func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				fmt.Fprint(w, "x")
				w.(http.Flusher).Flush()
				time.Sleep(10 * time.Millisecond)
			}
		},
		"no answer": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
	} {
		t.Run(name, func(t *testing.T) {
			c, address := served(t, Settings{Time: 200 * time.Millisecond}, handler)
			if _, err := ask(c, address); kindOf(err) != models.ErrUnreachable || !strings.Contains(err.Error(), "took longer") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestSend_givesUpOnEndlessHeaders(t *testing.T) {
	c, address := served(t, Settings{}, func(w http.ResponseWriter, _ *http.Request) {
		for i := range 2000 {
			w.Header().Set(fmt.Sprintf("X-%d", i), strings.Repeat("x", 100))
		}
	})
	if _, err := ask(c, address); kindOf(err) != models.ErrUnreachable {
		t.Errorf("got %v", err)
	}
}

func TestSend_postsAndFollowsNoRedirectOfAPost(t *testing.T) {
	var seen []string
	c, address := served(t, Settings{UserAgent: "Plumbline/test"}, func(w http.ResponseWriter, r *http.Request) {
		body := make([]byte, r.ContentLength)
		_, _ = r.Body.Read(body)
		seen = append(seen, r.Method+" "+r.URL.Path+" "+r.Header.Get("Webhook-Id")+" "+r.UserAgent()+" "+string(body))
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	})
	answer, err := c.Send(context.Background(), services.OutsideRequest{Method: http.MethodPost, URL: address + "/hook",
		Header: map[string]string{"Webhook-Id": "7"}, Body: []byte("{}")})
	if err != nil || answer.Status != http.StatusTemporaryRedirect || answer.Header["Location"] != "/elsewhere" {
		t.Errorf("answer %+v, %v", answer, err)
	}
	if got := strings.Join(seen, "; "); got != "POST /hook 7 Plumbline/test {}" {
		t.Errorf("the server saw %q", got)
	}
}

func TestSend_sendsNoReferrer(t *testing.T) {
	var referrer string
	c, address := served(t, Settings{}, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/secret" {
			http.Redirect(w, r, "/end", http.StatusFound)
			return
		}
		referrer = r.Referer()
	})
	answer, err := ask(c, address+"/secret")
	if err != nil || referrer != "" || !strings.HasSuffix(answer.URL, "/end") {
		t.Errorf("referrer %q, answer from %s, %v", referrer, answer.URL, err)
	}
}

func TestIsPublic_letsPublicAddressesThrough(t *testing.T) {
	for _, text := range []string{"1.1.1.1", "93.184.215.14", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "192.169.0.1", "198.20.0.1",
		"223.255.255.255", "2606:4700:4700::1111", "2a00:1450:4001:800::200e", "2003::1"} {
		if !isPublic(netip.MustParseAddr(text)) {
			t.Errorf("%s is refused", text)
		}
	}
}

func FuzzCheck_letsNoClosedLiteralThrough(f *testing.F) {
	for _, host := range spellings {
		f.Add("http://" + host + "/")
	}
	c := New(Settings{})
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := url.Parse(text)
		if err != nil || c.check(parsed) != nil {
			return
		}
		if literal, err := netip.ParseAddr(parsed.Hostname()); err == nil && !isPublic(literal) {
			t.Errorf("%q was let through to %s", text, literal)
		}
	})
}

// nameServer gives a resolver with answers of its own; times counts the questions for a name.
func nameServer(t *testing.T, answers func(name string, times int) []string) *net.Resolver {
	t.Helper()
	connection, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	go func() {
		times := map[string]int{}
		for buffer := make([]byte, 4096); ; {
			n, from, err := connection.ReadFrom(buffer)
			if err != nil {
				return
			}
			var query dnsmessage.Message
			if query.Unpack(buffer[:n]) != nil || len(query.Questions) != 1 {
				continue
			}
			question := query.Questions[0]
			times[question.Name.String()]++
			reply := answer(query, answers(strings.ToLower(question.Name.String()), times[question.Name.String()]))
			if packed, err := reply.Pack(); err == nil {
				_, _ = connection.WriteTo(packed, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", connection.LocalAddr().String())
	}}
}

func answer(query dnsmessage.Message, addresses []string) dnsmessage.Message {
	question := query.Questions[0]
	reply := dnsmessage.Message{Header: dnsmessage.Header{ID: query.ID, Response: true, RecursionAvailable: true}, Questions: query.Questions}
	if addresses == nil {
		reply.RCode = dnsmessage.RCodeNameError
	}
	for _, text := range addresses {
		address := netip.MustParseAddr(text)
		header := dnsmessage.ResourceHeader{Name: question.Name, Class: dnsmessage.ClassINET}
		switch {
		case address.Is4() && question.Type == dnsmessage.TypeA:
			header.Type = dnsmessage.TypeA
			reply.Answers = append(reply.Answers, dnsmessage.Resource{Header: header, Body: &dnsmessage.AResource{A: address.As4()}})
		case !address.Is4() && question.Type == dnsmessage.TypeAAAA:
			header.Type = dnsmessage.TypeAAAA
			reply.Answers = append(reply.Answers, dnsmessage.Resource{Header: header, Body: &dnsmessage.AAAAResource{AAAA: address.As16()}})
		}
	}
	return reply
}
