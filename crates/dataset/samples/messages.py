"""Makes messages.csv: short messages to a shop, and what each is about. `python3 messages.py > messages.csv`"""

import csv
import random
import sys

random.seed(7)

GREETINGS = ["Hello", "Hi", "Hi there", "Good morning", "Dear team", "Hey", "", "", ""]
THINGS = ["lamp", "kettle", "desk", "chair", "backpack", "keyboard", "tent", "bicycle", "coffee grinder", "jacket", "mirror"]
WHEN = ["yesterday", "last week", "on Monday", "two days ago", "this morning", "in May", "a month ago", "on the 3rd"]
ENDINGS = ["Thanks!", "Thank you.", "Please help.", "Can you look into this?", "I am not happy.", "Kind regards, {name}",
           "Best, {name}", "", "", "What can I do?", "I would be glad about a quick answer.", "Otherwise I like your shop."]
NAMES = ["Mina", "Jonas", "Ava", "Tomás", "Ines", "Omar", "Lea", "Reza", "Kim", "Noor"]

# What a message is about is in its middle; the words of other topics come along.
TOPICS = {
    "delivery": [
        "My {thing} was to arrive {when} and is still not here.",
        "The tracking number for the {thing} has not moved since {when}.",
        "The courier left my {thing} with a neighbour I do not know.",
        "I ordered a {thing} {when}, paid by card, and nobody can tell me where the parcel is.",
        "The box with the {thing} came {when}, but it was wet and torn.",
        "Can you send the {thing} to another address? It has not left your warehouse.",
        "When will the {thing} be shipped? The page says in stock.",
        "Half of my order came {when}, the {thing} did not.",
        "The driver says he was here {when}, but nobody rang.",
    ],
    "billing": [
        "I was charged twice for the {thing} {when}.",
        "The invoice for the {thing} shows the wrong amount.",
        "I sent the {thing} back {when} and have not got my money.",
        "My card was declined for the {thing}, but the bank shows the payment.",
        "The discount code did not come off the price of the {thing}.",
        "Please send a receipt for the {thing} with our tax number on it.",
        "Why do I pay for delivery of the {thing} when the page says it is free?",
        "The refund for the {thing} is smaller than what I paid {when}.",
        "I see a payment from {when} that I do not know, was it the {thing}?",
    ],
    "account": [
        "I cannot sign in since {when}, the password is right.",
        "The link to reset my password never arrives.",
        "Please change the email address of my account.",
        "My account was locked {when} while I was ordering a {thing}.",
        "I want to delete my account and all my data.",
        "How do I turn off the newsletter? I get one for every {thing}.",
        "The code you send to my phone is always wrong.",
        "I have two accounts, please put them together; the {thing} is in the old one.",
        "Someone signed in as me {when} and ordered a {thing}.",
    ],
    "product": [
        "The {thing} stopped working {when}.",
        "A screw of the {thing} is missing, can I get one?",
        "Is the {thing} waterproof?",
        "The {thing} makes a strange noise since {when}.",
        "Which size of the {thing} fits a tall person?",
        "The colour of the {thing} is not the one in the picture.",
        "How do I clean the {thing}? The manual says nothing.",
        "The {thing} broke {when} after one week of use.",
        "Does the {thing} work with an older model of yours?",
    ],
    "praise": [
        "The {thing} is wonderful, I use it every day since {when}.",
        "What a fast delivery, the {thing} was here {when} already!",
        "Your colleague solved my trouble with the {thing} in a minute.",
        "I got my money back {when} without asking twice, well done.",
        "The best {thing} I ever had, not a single scratch.",
        "Signing in and ordering the {thing} was never easier.",
        "I did not expect the {thing} to be this good.",
        "Just wanted to say that the {thing} makes me happy.",
    ],
}


def message(topic):
    middle = [random.choice(TOPICS[topic])]
    if random.random() < 0.15:
        # Something about another topic that has been settled.
        other = random.choice([name for name in TOPICS if name != topic])
        middle.insert(0, random.choice(["Last time it was this:", "Apart from this:", "Before that:"]))
        middle.insert(1, random.choice(TOPICS[other]))
        middle.insert(2, random.choice(["That is settled. Now:", "That was solved. Today:", "Never mind that:"]))
    greeting = random.choice(GREETINGS)
    parts = ([greeting + random.choice([",", "!", "."])] if greeting else []) + middle + [random.choice(ENDINGS)]
    text = " ".join(part for part in parts if part)
    return text.replace("{name}", random.choice(NAMES)).format(thing=random.choice(THINGS), when=random.choice(WHEN))


rows = []
seen = set()
names = list(TOPICS)
while len(rows) < 800:
    topic = names[len(rows) % len(names)]
    text = message(topic)
    if text not in seen:
        seen.add(text)
        rows.append((text, topic))
random.shuffle(rows)
out = csv.writer(sys.stdout, lineterminator="\n")
out.writerow(["message", "topic"])
out.writerows(rows)
