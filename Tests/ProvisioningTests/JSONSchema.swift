import IMS

/// As much of JSON Schema as our OpenAPI document uses. Any other keyword is a mistake of the test, told as one.
struct JSONSchema {
    let components: Report

    /// What is wrong with a value; empty when it is as the schema says.
    func objections(to value: Report, _ schema: Report, at place: String = "$") -> [String] {
        guard case .record(let keywords) = schema else { return ["\(place): the schema is no object"] }
        var found: [String] = []
        for keyword in keywords {
            switch keyword.name {
            case "$ref":
                let name = keyword.value.text?.split(separator: "/").last.map(String.init) ?? ""
                guard let target = components["schemas"]?[name] else { return ["\(place): no schema \(name)"] }
                found += objections(to: value, target, at: place)
            case "type":
                let types = keyword.value.list?.compactMap(\.text) ?? [keyword.value.text ?? ""]
                if !types.contains(where: { isA($0, value) }) { found.append("\(place): no \(types)") }
            case "enum":
                if keyword.value.list?.contains(value) != true {
                    found.append("\(place): \(value.json) is not among them")
                }
            case "required":
                for name in keyword.value.list?.compactMap(\.text) ?? [] where value[name] == nil {
                    found.append("\(place): \(name) is missing")
                }
            case "properties":
                guard case .record(let members) = value else { continue }
                for member in members {
                    guard let inner = keyword.value[member.name] else { continue }
                    found += objections(to: member.value, inner, at: "\(place).\(member.name)")
                }
            case "additionalProperties":
                guard case .record(let members) = value else { continue }
                for member in members where schema["properties"]?[member.name] == nil {
                    if keyword.value == false {
                        found.append("\(place): \(member.name) is too much")
                    } else {
                        found += objections(to: member.value, keyword.value, at: "\(place).\(member.name)")
                    }
                }
            case "items":
                for (index, element) in (value.list ?? []).enumerated() {
                    found += objections(to: element, keyword.value, at: "\(place)[\(index)]")
                }
            case "anyOf":
                let choices = keyword.value.list ?? []
                if !choices.contains(where: { objections(to: value, $0, at: place).isEmpty }) {
                    found.append("\(place): none of the \(choices.count) forms")
                }
            case "minimum":
                if let number = value.integer, let least = keyword.value.integer, number < least {
                    found.append("\(place): below \(least)")
                }
            case "maximum":
                if let number = value.integer, let most = keyword.value.integer, number > most {
                    found.append("\(place): above \(most)")
                }
            case "pattern":
                if let text = value.text, let pattern = keyword.value.text, let expression = try? Regex(pattern),
                    text.firstMatch(of: expression) == nil
                {
                    found.append("\(place): \(text) is not as \(pattern)")
                }
            case "description", "writeOnly", "format", "default": break
            default: found.append("\(place): the keyword \(keyword.name) is not known to this test")
            }
        }
        return found
    }

    private func isA(_ type: String, _ value: Report) -> Bool {
        switch (type, value) {
        case ("object", .record), ("array", .list), ("string", .text), ("integer", .integer), ("number", .integer),
            ("number", .number), ("boolean", .boolean), ("null", .null):
            true
        default: false
        }
    }
}
