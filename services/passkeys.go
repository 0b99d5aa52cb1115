package services

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"plumbline/models"
)

// mostPasskeys is how many an account can have.
const mostPasskeys = 20

// PasskeySite is the site as passkeys know it; a passkey works for no other.
type PasskeySite struct {
	// Host is the site's name, without a port.
	Host string
	// Origin is the scheme, host and port of its pages.
	Origin string
}

// party checks what passkeys of the site sign. Each proves that its person is there, by a finger,
// a face or a PIN: what one has and what one is or knows, so that no code has to follow.
func (site PasskeySite) party() (*webauthn.WebAuthn, error) {
	unlocked := protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(), UserVerification: protocol.VerificationRequired}
	timeout := webauthn.TimeoutConfig{Timeout: challengeLifetime, TimeoutUVD: challengeLifetime}
	party, err := webauthn.New(&webauthn.Config{RPID: site.Host, RPDisplayName: "Plumbline", RPOrigins: []string{site.Origin}, AuthenticatorSelection: unlocked,
		AttestationPreference: protocol.PreferNoAttestation, Timeouts: webauthn.TimeoutsConfig{Login: timeout, Registration: timeout}})
	return party, wrap(err, "prepare passkeys for %s", site.Host)
}

// holder is an account with its passkeys, as the library asks for it.
type holder struct {
	id          uuid.UUID
	name        string
	rows        []models.Passkey
	credentials []webauthn.Credential
}

func (h *holder) WebAuthnID() []byte                         { return h.id[:] }
func (h *holder) WebAuthnName() string                       { return h.name }
func (h *holder) WebAuthnDisplayName() string                { return h.name }
func (h *holder) WebAuthnCredentials() []webauthn.Credential { return h.credentials }

// holderOf reads a usable account with its passkeys.
func (s *Services) holderOf(ctx context.Context, id uuid.UUID) (*holder, error) {
	account, err := usableAccount(s.db.Primary(ctx), id)
	if err != nil {
		return nil, err
	}
	h := &holder{id: id, name: account.Name}
	if err := s.db.Primary(ctx).Where("account_id = ?", id).Order("created_at, id").Limit(2 * mostPasskeys).Find(&h.rows).Error; err != nil {
		return nil, fmt.Errorf("list passkeys: %w", err)
	}
	for _, row := range h.rows {
		var credential webauthn.Credential
		if err := json.Unmarshal([]byte(row.Credential), &credential); err != nil {
			return nil, fmt.Errorf("read a passkey: %w", err)
		}
		h.credentials = append(h.credentials, credential)
	}
	return h, nil
}

// Passkeys lists the actor's own passkeys, oldest first.
func (s *Services) Passkeys(ctx context.Context, by models.Actor) ([]models.Passkey, error) {
	if err := require(by, ActionSelf); err != nil {
		return nil, err
	}
	var rows []models.Passkey
	err := s.db.Primary(ctx).Where("account_id = ?", by.Account).Order("created_at, id").Limit(2 * mostPasskeys).Find(&rows).Error
	return rows, wrap(err, "list passkeys")
}

// BeginPasskey begins to add a passkey to the actor's own account.
func (s *Services) BeginPasskey(ctx context.Context, by models.Actor, site PasskeySite) (Ceremony, error) {
	if err := require(by, ActionCredentials); err != nil {
		return Ceremony{}, err
	}
	h, err := s.holderOf(ctx, by.Account)
	if err != nil {
		return Ceremony{}, err
	}
	if len(h.rows) >= mostPasskeys {
		return Ceremony{}, models.Errorf(models.ErrConflict, "You have %d passkeys. Remove one that is no longer used.", len(h.rows))
	}
	return s.askForNew(ctx, models.ChallengeAdd, site, h, challenged{Account: h.id})
}

// askForNew asks a browser to make a passkey for an account.
func (s *Services) askForNew(ctx context.Context, purpose models.ChallengePurpose, site PasskeySite, h *holder, a challenged) (Ceremony, error) {
	party, err := site.party()
	if err != nil {
		return Ceremony{}, err
	}
	there := make([]protocol.CredentialDescriptor, len(h.credentials))
	for i, credential := range h.credentials {
		there[i] = credential.Descriptor()
	}
	options, session, err := party.BeginRegistration(h, webauthn.WithExclusions(there))
	if err != nil {
		return Ceremony{}, fmt.Errorf("begin to make a passkey: %w", err)
	}
	a.Session = *session
	return s.ask(ctx, purpose, a, options)
}

// AddPasskey adds the passkey that a browser made. label says which it is.
func (s *Services) AddPasskey(ctx context.Context, by models.Actor, site PasskeySite, ceremony uuid.UUID, label string, answer []byte) error {
	if err := require(by, ActionCredentials); err != nil {
		return err
	}
	clean, err := passkeyLabel(label)
	if err != nil {
		return err
	}
	a, err := s.takeChallenge(ctx, ceremony, models.ChallengeAdd)
	if err != nil {
		return err
	}
	if a.Account != by.Account || a.Session.Challenge == "" {
		return errPasskey()
	}
	made, err := s.madePasskey(site, a, by.Name, answer)
	if err != nil {
		return err
	}
	made.Label = clean
	return s.storePasskey(s.db.Write(ctx), made)
}

// storePasskey keeps a passkey: ErrConflict when it is known already.
func (s *Services) storePasskey(tx *gorm.DB, made models.Passkey) error {
	err := tx.Create(&made).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return models.Errorf(models.ErrConflict, "This passkey is known already. Use it to sign in.")
	}
	return wrap(err, "store a passkey")
}

// madePasskey checks what a browser made for a challenge.
func (s *Services) madePasskey(site PasskeySite, a challenged, name string, answer []byte) (models.Passkey, error) {
	party, err := site.party()
	if err != nil {
		return models.Passkey{}, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return models.Passkey{}, s.refusedPasskey(err)
	}
	credential, err := party.CreateCredential(&holder{id: a.Account, name: name}, a.Session, parsed)
	if err != nil {
		return models.Passkey{}, s.refusedPasskey(err)
	}
	text, err := json.Marshal(credential)
	return models.Passkey{ID: newID(), AccountID: a.Account, CredentialID: credential.ID, Credential: string(text), Label: "Passkey", CreatedAt: s.now()}, wrap(err, "write a passkey")
}

// refusedPasskey is what people are told; why stands in the log.
func (s *Services) refusedPasskey(err error) error {
	var detailed *protocol.Error
	if errors.As(err, &detailed) {
		s.logger.Info("passkey refused", "error", detailed.Details, "detail", detailed.DevInfo)
	}
	return errPasskey()
}

func errPasskey() error {
	return models.Errorf(models.ErrInvalid, "The passkey's answer could not be taken. Try again, or sign in another way.")
}

func passkeyLabel(label string) (string, error) {
	clean, problem := models.CleanText(label)
	if problem != "" || clean == "" || len([]rune(clean)) > 100 || strings.ContainsAny(clean, "\n\t") {
		return "", wrongField("label", "Say in 1 to 100 letters on one line where the passkey is kept.")
	}
	return clean, nil
}

// RenamePasskey says anew where one of the actor's own passkeys is kept: ErrNotFound when there is
// none.
func (s *Services) RenamePasskey(ctx context.Context, by models.Actor, id uuid.UUID, label string) error {
	if err := require(by, ActionSelf); err != nil {
		return err
	}
	clean, err := passkeyLabel(label)
	if err != nil {
		return err
	}
	renamed := s.db.Write(ctx).Model(&models.Passkey{}).Where("id = ? AND account_id = ?", id, by.Account).Update("label", clean)
	if renamed.Error == nil && renamed.RowsAffected == 0 {
		return errNoPasskey()
	}
	return wrap(renamed.Error, "rename a passkey")
}

func errNoPasskey() error {
	return models.Errorf(models.ErrNotFound, "You have no such passkey (any more).")
}

// RemovePasskey forgets one of the actor's own passkeys: ErrNotFound when there is none, and
// ErrConflict when the account could not be signed in to without it.
func (s *Services) RemovePasskey(ctx context.Context, by models.Actor, id uuid.UUID) error {
	if err := require(by, ActionCredentials); err != nil {
		return err
	}
	return s.db.Transaction(ctx, func(tx *gorm.DB) error {
		removed := tx.Delete(&models.Passkey{}, "id = ? AND account_id = ?", id, by.Account)
		if removed.Error == nil && removed.RowsAffected == 0 {
			return errNoPasskey()
		}
		if removed.Error != nil {
			return fmt.Errorf("remove a passkey: %w", removed.Error)
		}
		return keepsAWay(tx, by.Account)
	})
}

// keepsAWay refuses a change after which nobody could sign in to an account. The account is held,
// so that of two who take one way each one is refused.
func keepsAWay(tx *gorm.DB, id uuid.UUID) error {
	var account models.Account
	if err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).First(&account, "id = ?", id).Error; err != nil {
		return fmt.Errorf("hold an account: %w", err)
	}
	ways, err := waysOf(tx, account)
	if err == nil && !ways.Password && ways.Passkeys == 0 && ways.Identities == 0 {
		return models.Errorf(models.ErrConflict, "This is the only way in which you can sign in. Set a password or add a passkey first.")
	}
	return err
}

// Ways are the ways in which one can sign in to an account.
type Ways struct {
	Password bool
	// Codes is set where a code of an app follows the password.
	Codes      bool
	Passkeys   int64
	Identities int64
}

// Ways says how the actor can sign in.
func (s *Services) Ways(ctx context.Context, by models.Actor) (Ways, error) {
	if err := require(by, ActionSelf); err != nil {
		return Ways{}, err
	}
	account, err := usableAccount(s.db.Primary(ctx), by.Account)
	if err != nil {
		return Ways{}, err
	}
	return waysOf(s.db.Primary(ctx), account)
}

func waysOf(tx *gorm.DB, account models.Account) (Ways, error) {
	ways := Ways{Password: account.Password != "", Codes: account.TOTPSecret != ""}
	err := tx.Model(&models.Passkey{}).Where("account_id = ?", account.ID).Count(&ways.Passkeys).Error
	if err == nil {
		err = tx.Model(&models.ExternalIdentity{}).Where("account_id = ?", account.ID).Count(&ways.Identities).Error
	}
	return ways, wrap(err, "count the ways to sign in")
}

// BeginPasskeySignIn begins a sign-in with a passkey of any account: the browser offers those that
// it has for this site. ErrLimited where too many were begun from one address and not ended.
func (s *Services) BeginPasskeySignIn(ctx context.Context, from Caller, site PasskeySite) (Ceremony, error) {
	if _, err := s.count(ctx, s.challengesOf(from)); err != nil {
		return Ceremony{}, err
	}
	party, err := site.party()
	if err != nil {
		return Ceremony{}, err
	}
	options, session, err := party.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return Ceremony{}, fmt.Errorf("begin a sign-in with a passkey: %w", err)
	}
	return s.ask(ctx, models.ChallengeSignIn, challenged{Session: *session}, options)
}

// challengesOf counts the challenges that an address is given: each is a row for a while.
func (s *Services) challengesOf(from Caller) bucket {
	return bucket{s.hide("challenge address", network(from.Address)), paceChallenge, true}
}

// SignInWithPasskey signs in with what a passkey signed. No code has to follow.
func (s *Services) SignInWithPasskey(ctx context.Context, from Caller, site PasskeySite, ceremony uuid.UUID, answer []byte) (SignIn, error) {
	a, err := s.takeChallenge(ctx, ceremony, models.ChallengeSignIn)
	if err != nil {
		return SignIn{}, err
	}
	if a.Session.Challenge == "" {
		return SignIn{}, errPasskey()
	}
	party, err := site.party()
	if err != nil {
		return SignIn{}, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return SignIn{}, s.refusedPasskey(err)
	}
	var h *holder
	var failed error
	_, credential, err := party.ValidatePasskeyLogin(func(_, handle []byte) (webauthn.User, error) {
		var id uuid.UUID
		if id, failed = uuid.FromBytes(handle); failed != nil {
			failed = nil // no handle of ours; the answer is refused
			return nil, errors.New("not a handle of this site")
		}
		h, failed = s.holderOf(ctx, id)
		return h, failed
	}, a.Session, parsed)
	var forPeople *models.Error
	switch {
	case failed != nil && !errors.As(failed, &forPeople):
		return SignIn{}, failed
	case err != nil:
		_ = s.refusedPasskey(err) // it is written to the log; people are told one thing, whoever the passkey belongs to
		return SignIn{}, errUnknownPasskey()
	}
	if err := s.usedPasskey(ctx, h, credential); err != nil {
		return SignIn{}, err
	}
	if err := s.succeed(ctx, try{[]bucket{s.challengesOf(from)}}); err != nil {
		return SignIn{}, err
	}
	account, err := usableAccount(s.db.Primary(ctx), h.id)
	return SignIn{Account: account.ID, Name: account.Name, Role: account.Role}, err
}

func errUnknownPasskey() error {
	return models.Errorf(models.ErrInvalid, "This passkey is not known here (any more). Use another one, or sign in another way.")
}

// usedPasskey keeps the counter of a passkey that signed. One that counts backwards was copied, or
// its answer is an old one: it is refused, and the counter stays as it was.
func (s *Services) usedPasskey(ctx context.Context, h *holder, credential *webauthn.Credential) error {
	if credential.Authenticator.CloneWarning {
		s.logger.Warn("a passkey counts backwards, and may have been copied", "account", h.id)
		return models.Errorf(models.ErrInvalid, "This passkey may have been copied: it counts its uses, and counted backwards. It was not taken. Sign in another way, remove it from your account, and tell an admin.")
	}
	text, err := json.Marshal(credential)
	if err != nil {
		return fmt.Errorf("write a passkey: %w", err)
	}
	for _, row := range h.rows {
		if string(row.CredentialID) != string(credential.ID) {
			continue
		}
		used := s.db.Write(ctx).Model(&models.Passkey{}).Where("id = ? AND credential = ?", row.ID, row.Credential).
			Updates(map[string]any{"credential": string(text), "used_at": s.now()})
		if used.Error == nil && used.RowsAffected == 0 {
			return errPasskey() // it signed elsewhere, or was removed, at the same time
		}
		return wrap(used.Error, "note the use of a passkey")
	}
	return errUnknownPasskey()
}

// BeginConfirmation begins to prove with a passkey of the actor's account who is there.
func (s *Services) BeginConfirmation(ctx context.Context, by models.Actor, site PasskeySite) (Ceremony, error) {
	if err := require(by, ActionSelf); err != nil {
		return Ceremony{}, err
	}
	party, err := site.party()
	if err != nil {
		return Ceremony{}, err
	}
	h, err := s.holderOf(ctx, by.Account)
	if err != nil {
		return Ceremony{}, err
	}
	if len(h.credentials) == 0 {
		return Ceremony{}, models.Errorf(models.ErrConflict, "Your account has no passkey. Confirm it another way.")
	}
	options, session, err := party.BeginLogin(h, webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return Ceremony{}, fmt.Errorf("begin to confirm with a passkey: %w", err)
	}
	return s.ask(ctx, models.ChallengeConfirm, challenged{Session: *session, Account: by.Account}, options)
}

// ConfirmWithPasskey takes what a passkey of the actor's account signed as a proof of who is there.
func (s *Services) ConfirmWithPasskey(ctx context.Context, by models.Actor, site PasskeySite, ceremony uuid.UUID, answer []byte) error {
	if err := require(by, ActionSelf); err != nil {
		return err
	}
	a, err := s.takeChallenge(ctx, ceremony, models.ChallengeConfirm)
	if err != nil {
		return err
	}
	party, err := site.party()
	if err != nil {
		return err
	}
	h, err := s.holderOf(ctx, by.Account)
	if err != nil {
		return err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil || a.Account != by.Account {
		return s.refusedPasskey(err)
	}
	credential, err := party.ValidateLogin(h, a.Session, parsed)
	if err != nil {
		return s.refusedPasskey(err)
	}
	return s.usedPasskey(ctx, h, credential)
}

// BeginLinkPasskey begins to use a link with a passkey in place of a password: to join under a
// name, or to have a new way to sign in. Where codes of an app are asked for, a link gives no
// passkey: it would do without the codes.
func (s *Services) BeginLinkPasskey(ctx context.Context, site PasskeySite, secret, name string) (Ceremony, error) {
	i, err := s.Invitation(ctx, secret)
	if err != nil {
		return Ceremony{}, err
	}
	switch i.Purpose {
	case models.InviteJoin:
		clean, problem := cleanName(name)
		if problem != "" {
			return Ceremony{}, wrongField("name", problem)
		}
		var taken int64
		if err := s.db.Primary(ctx).Model(&models.Account{}).Where("name = ?", clean).Count(&taken).Error; err != nil {
			return Ceremony{}, fmt.Errorf("look up a name: %w", err)
		}
		if taken > 0 {
			return Ceremony{}, wrongField("name", "There is an account with this name already. Choose another one.")
		}
		h := &holder{id: newID(), name: clean}
		return s.askForNew(ctx, models.ChallengeJoin, site, h, challenged{Account: h.id, Name: clean, Invitation: i.ID})
	case models.InviteReset:
		account, err := usableAccount(s.db.Primary(ctx), *i.AccountID)
		if err != nil {
			return Ceremony{}, err
		}
		if account.TOTPSecret != "" {
			return Ceremony{}, errCodesStay()
		}
		h, err := s.holderOf(ctx, account.ID)
		if err != nil {
			return Ceremony{}, err
		}
		return s.askForNew(ctx, models.ChallengeReset, site, h, challenged{Account: h.id, Invitation: i.ID})
	}
	return Ceremony{}, orNoLink(nil)
}

func errCodesStay() error {
	return models.Errorf(models.ErrConflict, "This account asks for codes of an app, which this link does not take away. Choose a password, or ask for a link that takes the codes away.")
}

// UseLinkWithPasskey uses a link with the passkey that a browser made. A passkey in place of a new
// password takes the former password away. It gives who signs in.
func (s *Services) UseLinkWithPasskey(ctx context.Context, site PasskeySite, secret string, ceremony uuid.UUID, label string, answer []byte) (SignIn, error) {
	i, err := s.Invitation(ctx, secret)
	if err != nil {
		return SignIn{}, err
	}
	purpose, known := map[models.InvitationPurpose]models.ChallengePurpose{models.InviteJoin: models.ChallengeJoin, models.InviteReset: models.ChallengeReset}[i.Purpose]
	if !known {
		return SignIn{}, orNoLink(nil)
	}
	a, err := s.takeChallenge(ctx, ceremony, purpose)
	if err != nil {
		return SignIn{}, err
	}
	if a.Invitation != i.ID {
		return SignIn{}, errPasskey()
	}
	made, err := s.madePasskey(site, a, a.Name, answer)
	if err != nil {
		return SignIn{}, err
	}
	if clean, err := passkeyLabel(label); err == nil {
		made.Label = clean
	}
	if purpose == models.ChallengeJoin {
		return s.join(ctx, secret, models.Account{ID: a.Account, Name: a.Name}, func(tx *gorm.DB) error { return s.storePasskey(tx, made) })
	}
	return s.reset(ctx, secret, func(tx *gorm.DB, account models.Account) error {
		if account.TOTPSecret != "" {
			return errCodesStay()
		}
		if err := setPassword(tx, account.ID, ""); err != nil {
			return err
		}
		return s.storePasskey(tx, made)
	})
}
