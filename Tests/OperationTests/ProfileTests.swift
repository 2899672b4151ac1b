import Operation
import Testing

@Suite("Profiles and the state directory")
struct ProfileTests {
    static let text = """
        # The HSS.
        hss:
          database: hss.sqlite

        diameter:
          # What carries Diameter.
          transport: auto
          peers: []
        log:
          level: info
        """

    @Test("the Diameter transport is replaced, all else stays")
    func transport() {
        let rendered = Profile.rendered(Self.text, from: "/p/hss.yaml", diameterTransport: "tcp")
        let lines = rendered.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(
            lines.first
                == "# Written by imsctl up from /p/hss.yaml; the next one writes it again. Change the profile instead.")
        #expect(
            lines.dropFirst().joined(separator: "\n") == Self.text.replacing("transport: auto", with: "transport: tcp"))
    }

    @Test("a section that leaves the transport out gets it; a file without the section stays as it is")
    func added() {
        let without = "diameter:\n  peers: []\nlog:\n  level: info\n"
        #expect(
            Profile.rendered(without, from: "x", diameterTransport: "usrsctp")
                .hasSuffix("diameter:\n  transport: usrsctp\n  peers: []\nlog:\n  level: info\n"))
        let other = "sip:\n  transport: udp\n"
        #expect(Profile.rendered(other, from: "x", diameterTransport: "tcp").hasSuffix(other))
    }

    @Test("a profile is found by its path, in ./profiles, and above the programs")
    func finding() throws {
        func find(_ name: String, _ there: String) throws -> String {
            try Profile.find(name, workingDirectory: "/somewhere", programs: "/src/.build/debug") { $0 == there }.path
        }
        #expect(try find("lab", "/somewhere/profiles/lab") == "/somewhere/profiles/lab")
        #expect(try find("lab", "/src/profiles/lab") == "/src/profiles/lab")
        #expect(try find("mine/lab", "/somewhere/mine/lab") == "/somewhere/mine/lab")
        #expect(try find("/etc/ims", "/etc/ims") == "/etc/ims")
    }

    @Test("a profile that is nowhere is a configuration error that says where it was looked for")
    func missing() {
        let failure = #expect(throws: OperationFailure.self) {
            try Profile.find("nowhere", workingDirectory: "/somewhere", programs: "/bin") { _ in false }
        }
        #expect(failure?.status == .configuration)
        #expect(failure?.sentence.contains("there is no profile nowhere") ?? false)
    }

    @Test("the state directory: --state, IMS_STATE, XDG_STATE_HOME, HOME")
    func state() throws {
        func path(_ given: String?, _ environment: [String: String]) throws -> String {
            try StateDirectory(given: given, profile: "lab", environment: environment, workingDirectory: "/here").path
        }
        let all = ["IMS_STATE": "/ims", "XDG_STATE_HOME": "/xdg", "HOME": "/home/me"]
        #expect(try path("mine", all) == "/here/mine")
        #expect(try path(nil, all) == "/ims")
        #expect(try path(nil, ["XDG_STATE_HOME": "/xdg", "HOME": "/home/me"]) == "/xdg/ims/lab")
        #expect(try path(nil, ["IMS_STATE": "", "HOME": "/home/me"]) == "/home/me/.local/state/ims/lab")
        let failure = #expect(throws: OperationFailure.self) { try path(nil, [:]) }
        #expect(failure?.status == .usage)
    }

    @Test("a state directory whose sockets would have too long a path is refused")
    func longPath() {
        let state = StateDirectory("/tmp/" + String(repeating: "a", count: 100))
        let failure = #expect(throws: OperationFailure.self) { try state.create() }
        #expect(failure?.status == .usage)
        #expect(failure?.sentence.contains("too long") ?? false)
    }
}
