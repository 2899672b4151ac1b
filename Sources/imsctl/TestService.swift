import ArgumentParser
import IMS
import NodeIO
import Operation

struct TestForwarding: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forwarding",
        abstract: "Let calls be forwarded by the application server, in every case, and check every step.",
        discussion: """
            Three phones register; calls to the second one are forwarded to the third: always, when it is busy, does not \
            reply, cannot be reached or is not registered, by setting and by the code *21*NUMBER#; two users who forward \
            to each other are told apart. \(ServiceOptions.discussion)
            """)

    @OptionGroup var options: ServiceOptions

    func run() throws { try options.run(.forwarding, "forwarded calls") }
}

struct TestVoicemail: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "voicemail",
        abstract:
            "Let one phone leave messages in the other's mailbox, by tones, and let that one hear and delete them.",
        discussion: """
            Both register; the second one watches its mailbox. Calls that it does not take are answered by the mailbox: \
            the first phone hears the greeting and leaves a tone as its message. The second is told by NOTIFY, calls its \
            own number, knows the tones again, repeats and deletes by keys. \(ServiceOptions.discussion)
            """)

    @OptionGroup var options: ServiceOptions
    @Flag(help: "Leave the messages of the test in the mailbox.") var keep = false

    func run() throws { try options.run(.voicemail, "voice mail", keepsMessages: keep) }
}

struct TestServices: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "services",
        abstract: "Try the other services of the application server: identity, barring, texts and short messages kept.",
        discussion: """
            Who calls is shown, hidden for a call or for all, anonymous calls are turned down; outgoing and incoming calls \
            are barred by code and by setting; texts and short messages wait for a phone that is away. \
            \(ServiceOptions.discussion)
            """)

    @OptionGroup var options: ServiceOptions

    func run() throws { try options.run(.services, "services") }
}

struct ServiceOptions: ParsableArguments {
    static let discussion = """
        The users need the service profile of profiles/services/telephony.yaml, the core its tas.yaml. What they had set \
        comes back at the end; the ladder shows every message, the application server's among them. When something is \
        wrong it names the hop that failed and the likely cause, and ends with 1.
        """

    @OptionGroup var pair: PairOptions
    @Option(help: "Where calls are forwarded to. Default: the first subscriber beside those two.") var third: String?

    func run(_ subject: ServiceTest.Subject, _ what: String, keepsMessages: Bool = false) throws {
        let (core, plan) = try pair.plan([])
        let other = subject == .forwarding ? try thirdPhone(core, plan) : nil
        if !pair.json {
            Console.out(
                "\(what): \(plan.caller.privateIdentity) and \(plan.callee.privateIdentity) through \(plan.proxy)\n")
        }
        var printer = TestPrinter(hasColour: Terminal.hasColour, isSilent: pair.json, cycles: 1)
        let isPassed = try ServiceTest(core, plan, third: other, subject, keepsMessages: keepsMessages).run {
            printer.show($0)
        }
        try pair.finish(printer, isPassed, plan)
    }

    private func thirdPhone(_ core: Core, _ plan: CallTest.Plan) throws -> PhoneSubscriber {
        let subscribers = try Subscribers(core.state, creates: false)
        if let third { return try PhoneSubscriber(subscribers.get(third)) }
        let taken = [plan.caller.privateIdentity, plan.callee.privateIdentity]
        for one in try subscribers.page(after: nil, limit: 3) {
            guard let user = one.privateIdentities.first?.identity.text, !taken.contains(user) else { continue }
            return try PhoneSubscriber(one)
        }
        throw OperationFailure(.failed, "this needs three subscribers: add them with imsctl subscriber add")
    }
}
