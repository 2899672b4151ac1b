import IMS

extension Report {
    /// This document with a patch of `application/merge-patch+json`: members of the patch replace ours, objects are merged,
    /// null takes a member away, and lists are replaced whole.
    func merged(with patch: Report) -> Report {
        guard case .record(let changes) = patch else { return patch }
        var members: [Member] = []
        if case .record(let present) = self { members = present }
        for change in changes {
            let index = members.firstIndex { $0.name == change.name }
            if change.value == .null {
                if let index { members.remove(at: index) }
            } else if let index {
                members[index].value = members[index].value.merged(with: change.value)
            } else {
                members.append(Member(change.name, Report.record([]).merged(with: change.value)))
            }
        }
        return .record(members)
    }

    /// This object with a member of another value, or without it.
    func setting(_ name: String, to value: Report?) -> Report {
        guard case .record(var members) = self else { return self }
        members.removeAll { $0.name == name }
        if let value { members.append(Member(name, value)) }
        return .record(members)
    }
}
