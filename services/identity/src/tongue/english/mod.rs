//! What the pages before signing in say in English.

mod steps;

use super::words::{Forgotten, Mail, Notices, Refusals, Register, Words};

pub(super) const WORDS: Words = Words {
    code: "en",
    home: "Home",
    language: "Language",
    address: "E-mail address",
    password: "Password",
    sign_in: "Sign in",
    between: "; ",
    going_on: "Afterwards you go on where you were.",
    going_to: "Afterwards you go on to",
    forgot: "I forgot my password",
    new_here: "New here?",
    one_account: "One account for membership, orders and notices. It takes an e-mail address and a minute.",
    create: "Create an account",
    passkey: "Sign in with a passkey",
    cannot: "Registered, and cannot sign in?",
    open_link: "Open the link in our mail first. If there is none,",
    enter_again: "enter your address again",
    notices: Notices {
        confirmed: "Your address is confirmed. Sign in to go on.",
        passkey: "Your address is confirmed. Sign in with your passkey to go on.",
        address_back: "Your address is yours again. Sign in with your new password.",
        reset: "Your new password is set. Sign in with it to go on.",
        out: "You are signed out.",
        everywhere: "You are signed out everywhere.",
    },
    register: Register {
        lede: "One account for membership, orders and notices.",
        address_hint: "A link goes there. You choose your password when you open it.",
        language_hint: "Of our mails to you. What is not written in it yet comes in English.",
        have: "You have an account?",
        before: "Were you a member before?",
        record: "Your old record is kept. Register with the same address and it is yours again.",
    },
    forgotten: Forgotten {
        title: "Set a new password",
        lede: "Enter the address of your account; a link to set a new password goes there.",
        send: "Send the link",
        came_back: "It came back to you?",
        none_yet: "No account yet?",
    },
    mail: Mail {
        your_address: "Your address",
        ours: "Our mail",
        new_password: "New password",
        look: "Look at your mail",
        on_its_way: "One is on its way to the address you gave.",
        if_known: "If the address has an account, a mail is on its way to it.",
        next: "What to do next",
        follow: |minutes| {
            format!(
                "Open our newest mail and follow its link. It works once, for {minutes} minutes."
            )
        },
        choose: "Choose your password on the page that opens.",
        then_sign_in: "Sign in with it.",
        had_one: "You had an account already? The mail says so;",
        none: "No mail after a few minutes?",
        unwanted: "Look among the unwanted mail.",
        was_it_right: "Was the address right?",
        newest: "only the newest mail counts.",
    },
    refusals: Refusals {
        wrong: "the address or the password is wrong, or the address is not confirmed yet",
        left: [
            "before the next try, wait 1 minute",
            "one more try, then a wait of 1 minute",
            "two more tries, then a wait of 1 minute",
        ],
        wait: |minutes| format!("there were too many tries; wait {minutes} min, then try again"),
        work: |minutes| {
            format!(
                "many mails were asked for from your network: wait {minutes} minutes, or let your \
                 browser solve the puzzle on this page; then send it again"
            )
        },
        no_address: "enter an e-mail address",
        odd_address: "enter an e-mail address with an @, such as name@example.org",
        empty: "this cannot be left empty",
    },
    steps: steps::STEPS,
    said: &[],
    forms: None,
};
