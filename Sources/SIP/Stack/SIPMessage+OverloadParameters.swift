import Octets

// The parameters of RFC 7339 §4 live for one hop: from a client to its server and back.
extension Parameters.Parameter {
    var isAboutOverload: Bool {
        guard name.count >= 2, ASCII.lowercase(name[name.start]) == UInt8(ascii: "o") else { return false }
        return name.equalsIgnoringCase("oc") || name.equalsIgnoringCase("oc-algo")
            || name.equalsIgnoringCase("oc-validity") || name.equalsIgnoringCase("oc-seq")
    }
}

extension Via {
    var hasOverloadParameters: Bool {
        var cursor = Parameters.Cursor(parameters)
        while let parameter = cursor.next() {
            if parameter.isAboutOverload { return true }
        }
        return false
    }

    mutating func removeOverloadParameters() {
        parameters.remove("oc")
        parameters.remove("oc-algo")
        parameters.remove("oc-validity")
        parameters.remove("oc-seq")
    }
}

extension SIPMessage {
    /// §5.4: of a response whose top Via, ours, is off: what a server behind the next one has put into the other Vias
    /// must not travel on, for our client would take it for our word.
    mutating func removeOverloadParameters() {
        guard mentionsOverload else { return }
        do throws(SIPSyntaxError) {
            var vias = try all(Via.self)
            guard vias.contains(where: \.hasOverloadParameters) else { return }
            remove(.via)
            for index in vias.indices.reversed() {
                vias[index].removeOverloadParameters()
                prepend(vias[index])
            }
        } catch {
            return  // What cannot be read as a Via is obeyed by nobody.
        }
    }

    /// Whether some Via has a parameter that begins like these; a look at octets, for almost none has.
    private var mentionsOverload: Bool {
        for field in fields where field.token == .via {
            var isBegun = false
            for index in field.value {
                switch octets[index] {
                case UInt8(ascii: ";"): isBegun = true
                case UInt8(ascii: " "), UInt8(ascii: "\t"): break
                case UInt8(ascii: "o"), UInt8(ascii: "O"):
                    if isBegun, index + 1 < field.value.upperBound,
                        ASCII.lowercase(octets[index + 1]) == UInt8(ascii: "c")
                    {
                        return true
                    }
                    isBegun = false
                default: isBegun = false
                }
            }
        }
        return false
    }
}
