package services

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/pquerna/otp/totp"
	"gorm.io/gorm"

	"plumbline/models"
)

const (
	// codeStep is for how long an authenticator app shows one code (RFC 6238).
	codeStep = 30
	// recoveryCodes is how many are given at once.
	recoveryCodes = 10
)

// NewCodeSecret makes a secret for an authenticator app. It counts for nothing until SetUpCodes.
func NewCodeSecret() (string, error) {
	random := make([]byte, 20)
	if _, err := rand.Read(random); err != nil {
		return "", fmt.Errorf("make a secret: %w", err)
	}
	return base32.StdEncoding.EncodeToString(random), nil
}

// CodeAddress is the address by which authenticator apps take a secret.
func CodeAddress(secret, account string) string {
	return "otpauth://totp/" + url.PathEscape("Plumbline:"+account) + "?issuer=Plumbline&secret=" + url.QueryEscape(secret)
}

// CodeState says how an account uses codes.
type CodeState struct {
	On bool
	// Left are the recovery codes that were not used.
	Left int64
}

// Codes says how the actor's account uses codes.
func (s *Services) Codes(ctx context.Context, by models.Actor) (state CodeState, err error) {
	if err := require(by, ActionSelf); err != nil {
		return state, err
	}
	var account models.Account
	if err := s.db.Primary(ctx).Select("id", "totp_secret").Limit(1).Find(&account, "id = ?", by.Account).Error; err != nil {
		return state, fmt.Errorf("read whether codes are asked for: %w", err)
	}
	state.On = account.TOTPSecret != ""
	err = s.db.Primary(ctx).Model(&models.RecoveryCode{}).Where("account_id = ? AND used_at IS NULL", by.Account).Count(&state.Left).Error
	return state, wrap(err, "count recovery codes")
}

// SetUpCodes lets every sign-in ask for a code, once the app that has the secret showed a right
// one. It gives recovery codes, which are not kept and cannot be shown again.
func (s *Services) SetUpCodes(ctx context.Context, by models.Actor, secret, code string) (codes []string, err error) {
	if err := require(by, ActionCredentials); err != nil {
		return nil, err
	}
	step := s.stepOf(secret, code)
	if step == 0 {
		return nil, wrongField("code", "This is not the code that the app shows now. Check that the clock of your device is right, and type the next one.")
	}
	err = s.db.Transaction(ctx, func(tx *gorm.DB) error {
		set := tx.Model(&models.Account{}).Where("id = ? AND totp_secret = ''", by.Account).Updates(map[string]any{"totp_secret": secret, "totp_step": step})
		if set.Error == nil && set.RowsAffected == 0 {
			return models.Errorf(models.ErrConflict, "Codes are asked for already. Switch them off first to use another app.")
		}
		if set.Error != nil {
			return fmt.Errorf("set up codes: %w", set.Error)
		}
		codes, err = renewRecoveryCodes(tx, by.Account)
		return err
	})
	return codes, err
}

// SwitchOffCodes lets sign-ins do without codes again.
func (s *Services) SwitchOffCodes(ctx context.Context, by models.Actor) error {
	if err := require(by, ActionCredentials); err != nil {
		return err
	}
	return s.db.Transaction(ctx, func(tx *gorm.DB) error {
		// The last step stays, so that no code is taken twice by switching off and on.
		if err := tx.Model(&models.Account{}).Where("id = ?", by.Account).Update("totp_secret", "").Error; err != nil {
			return fmt.Errorf("switch codes off: %w", err)
		}
		return wrap(tx.Delete(&models.RecoveryCode{}, "account_id = ?", by.Account).Error, "forget recovery codes")
	})
}

// RenewRecoveryCodes gives new recovery codes; those before work no more. ErrConflict where no
// codes are asked for.
func (s *Services) RenewRecoveryCodes(ctx context.Context, by models.Actor) (codes []string, err error) {
	if err := require(by, ActionCredentials); err != nil {
		return nil, err
	}
	err = s.db.Transaction(ctx, func(tx *gorm.DB) error {
		var on int64
		if err := tx.Model(&models.Account{}).Where("id = ? AND totp_secret <> ''", by.Account).Count(&on).Error; err != nil {
			return fmt.Errorf("read whether codes are asked for: %w", err)
		}
		if on == 0 {
			return models.Errorf(models.ErrConflict, "Set up an authenticator app first; recovery codes stand in for it.")
		}
		codes, err = renewRecoveryCodes(tx, by.Account)
		return err
	})
	return codes, err
}

func renewRecoveryCodes(tx *gorm.DB, account uuid.UUID) ([]string, error) {
	if err := tx.Delete(&models.RecoveryCode{}, "account_id = ?", account).Error; err != nil {
		return nil, fmt.Errorf("forget recovery codes: %w", err)
	}
	codes, rows := make([]string, recoveryCodes), make([]models.RecoveryCode, recoveryCodes)
	for i := range codes {
		random := make([]byte, 10) // 80 bits, which nobody guesses from a hash
		if _, err := rand.Read(random); err != nil {
			return nil, fmt.Errorf("make a recovery code: %w", err)
		}
		code := strings.ToLower(base32.StdEncoding.EncodeToString(random))
		codes[i] = code[:4] + "-" + code[4:8] + "-" + code[8:12] + "-" + code[12:]
		rows[i] = models.RecoveryCode{AccountID: account, Hash: hashSecret(code)}
	}
	return codes, wrap(tx.Create(&rows).Error, "store recovery codes")
}

// SignInWithCode ends a sign-in whose password was right, with a code as CheckCode takes it.
func (s *Services) SignInWithCode(ctx context.Context, from Caller, id uuid.UUID, code string) (SignIn, error) {
	if err := s.CheckCode(ctx, from, id, code); err != nil {
		return SignIn{}, err
	}
	account, err := usableAccount(s.db.Primary(ctx), id)
	return SignIn{Account: account.ID, Name: account.Name, Role: account.Role}, err
}

// CheckCode takes a code of the account's authenticator app, or a recovery code. Each is taken
// once, also of two requests at the same time. ErrLimited after too many wrong tries.
func (s *Services) CheckCode(ctx context.Context, from Caller, id uuid.UUID, code string) error {
	account, err := usableAccount(s.db.Primary(ctx), id)
	if err != nil {
		return err
	}
	t, err := s.beginTry(ctx, from, "code", id.String(), id)
	if err != nil {
		return err
	}
	if err := s.checkCode(ctx, account, code); err != nil {
		return err
	}
	return s.succeed(ctx, t)
}

func (s *Services) checkCode(ctx context.Context, account models.Account, code string) error {
	id := account.ID
	code = strings.NewReplacer(" ", "", "-", "").Replace(strings.ToLower(strings.TrimSpace(code)))
	if account.TOTPSecret == "" || len(code) > 32 {
		return errCode()
	}
	if step := s.stepOf(account.TOTPSecret, code); step != 0 {
		taken := s.db.Write(ctx).Model(&models.Account{}).Where("id = ? AND totp_step < ?", id, step).Update("totp_step", step)
		return takenOnce(taken)
	}
	taken := s.db.Write(ctx).Model(&models.RecoveryCode{}).Where("account_id = ? AND hash = ? AND used_at IS NULL", id, hashSecret(code)).Update("used_at", s.now())
	return takenOnce(taken)
}

func takenOnce(taken *gorm.DB) error {
	if taken.Error == nil && taken.RowsAffected == 0 {
		return errCode()
	}
	return wrap(taken.Error, "take a code")
}

// errCode is the one answer for codes that are wrong and codes that were taken before.
func errCode() error {
	return wrongField("code", "This code is wrong, or was used already; each works once. Type the next one that the app shows, or a recovery code.")
}

// stepOf is the time step of a code: the present one, or one beside it for clocks that are a
// little wrong. 0 when the code is none of theirs.
func (s *Services) stepOf(secret, code string) int64 {
	now := s.now().Unix() / codeStep
	for _, step := range []int64{now, now - 1, now + 1} {
		want, err := totp.GenerateCode(secret, time.Unix(step*codeStep, 0))
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			return step
		}
	}
	return 0
}

// wrongField is the error of one field.
func wrongField(field, message string) error {
	return &models.Error{Kind: models.ErrInvalid, Message: message, Problems: []models.Problem{{Pointer: "/" + field, Message: message}}}
}
