import NodeIO
import SIP
import ServingCSCF

/// The part of the configuration that is about telephone numbers.
enum NumberKeys {
    static let keys = [
        ConfigurationKey(
            "scscf.dial-plan",
            .records([
                ConfigurationKey("prefix", .text, default: "''", "what the dialled digits begin with; any when empty"),
                ConfigurationKey("min-digits", .integer(1...32), default: "1", "the least digits, the prefix included"),
                ConfigurationKey("max-digits", .integer(1...32), default: "32", "the most"),
                ConfigurationKey("strip", .integer(0...32), default: "0", "how many digits are taken off"),
                ConfigurationKey("prepend", .text, required: true, "what comes in their place, such as +49"),
                ConfigurationKey("context", .text, "the phone-context that the rule is for; any when absent"),
            ]), default: "[]",
            """
            How dialled local numbers become global ones: the first rule that fits (RFC 3966 §5.1). Example:
            {prefix: '00', strip: 2, prepend: '+'}, then {prefix: '0', strip: 1, prepend: '+49'}.
            """),
        ConfigurationKey(
            "scscf.home-numbers", .list(of: .text), default: "[]",
            "Beginnings of the numbers of our own users, such as '+4930123': neither looked up nor sent to gateways."),
        ConfigurationKey(
            "scscf.enum-suffixes", .list(of: .text), default: "[]",
            "Where numbers are looked up (ENUM, RFC 6116), such as e164.arpa; needs dns. Not at all when empty."),
        ConfigurationKey(
            "scscf.breakout",
            .records([
                ConfigurationKey(
                    "prefix", .text, default: "''", "what the number begins with, such as +49; any when empty"),
                ConfigurationKey("gateway", .text, required: true, "SIP URI of the gateway"),
                ConfigurationKey("cost", .integer(0...1_000_000), default: "0", "the least is tried first"),
                ConfigurationKey("weight", .integer(1...1_000), default: "1", "its share among those of equal cost"),
                ConfigurationKey(
                    "strip", .integer(0...16), default: "0", "characters of the number taken off, + included"),
                ConfigurationKey("prepend", .text, default: "''", "what comes in their place"),
            ]), default: "[]",
            """
            By which gateways other numbers leave (BGCF): those of the longest prefix first, then by cost; the next one
            when one is silent, cannot be reached or says 408 or 5xx.
            """),
    ]

    static func check(_ configuration: Configuration, _ file: String) throws(ConfigurationFailure) {
        for entry in configuration.records("scscf.breakout") where !isSIP(entry.text("gateway")) {
            throw failure(file, "\"scscf.breakout\": \(entry.text("gateway")) is no SIP URI")
        }
        for entry in configuration.records("scscf.dial-plan") {
            guard entry.text("prepend").hasPrefix("+") else {
                throw failure(file, "\"scscf.dial-plan\": prepend begins with +, not \(entry.text("prepend"))")
            }
            guard entry.integer("min-digits") <= entry.integer("max-digits") else {
                throw failure(file, "\"scscf.dial-plan\": min-digits is more than max-digits")
            }
        }
    }

    static func settings(_ configuration: Configuration) -> NumberSettings {
        var numbers = NumberSettings()
        numbers.homeNumbers = configuration.texts("scscf.home-numbers")
        numbers.lookupSuffixes = configuration.texts("scscf.enum-suffixes")
        numbers.dialPlan = DialPlan(
            configuration.records("scscf.dial-plan").compactMap { entry in
                let least = entry.integer("min-digits")
                let most = entry.integer("max-digits")
                guard least <= most else { return nil }
                return DialPlan.Rule(
                    prefix: entry.text("prefix"), digits: least...most, strip: entry.integer("strip"),
                    prepend: entry.text("prepend"), context: entry.optionalText("context"))
            })
        numbers.breakout = BreakoutRules(
            configuration.records("scscf.breakout").map { entry in
                BreakoutRules.Rule(
                    prefix: entry.text("prefix"), gateway: entry.text("gateway"), cost: entry.integer("cost"),
                    weight: entry.integer("weight"), strip: entry.integer("strip"), prepend: entry.text("prepend"))
            })
        return numbers
    }

    private static func isSIP(_ text: String) -> Bool {
        do {
            _ = try SIPURI(parsing: text)
            return true
        } catch {
            return false
        }
    }

    private static func failure(_ file: String, _ sentence: String) -> ConfigurationFailure {
        ConfigurationFailure([.init(file: file, line: nil, sentence)])
    }
}
