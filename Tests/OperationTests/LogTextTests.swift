import Operation
import Testing

@Suite("What a function's log says, for people")
struct LogTextTests {
    @Test("a note is no error; a complaint is one; an observation has its own level")
    func levels() {
        let note = LogText(line: "hss: note: hss.sqlite.key is new: keep a copy of it")
        #expect(note.level == "notice")
        #expect(note.text == "hss.sqlite.key is new: keep a copy of it")
        let complaint = LogText(line: "config/hss.yaml:3: hss.databse is no key")
        #expect(complaint.level == "error")
        #expect(!complaint.isObservation)
        let observation = LogText(line: #"{"level":"warning","message":"a: note: b"}"#)
        #expect(observation.level == "warning")
        #expect(observation.text == "a: note: b")
    }
}
