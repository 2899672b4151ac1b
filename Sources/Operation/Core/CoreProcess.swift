import Foundation

/// A running program of a core, known by its number.
package struct CoreProcess: Equatable, Sendable {
    package let function: CoreFunction
    package let pid: pid_t

    package init(_ function: CoreFunction, pid: pid_t) {
        self.function = function
        self.pid = pid
    }

    /// The process of the state directory's file, if it still runs and still is this program: numbers are used again.
    package init?(_ function: CoreFunction, in state: StateDirectory) {
        guard let text = try? String(contentsOfFile: state.processFile(of: function), encoding: .utf8),
            let pid = pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines))
        else { return nil }
        self.init(function, pid: pid)
        guard isRunning else { return nil }
    }

    /// False for a zombie too: its /proc/PID/exe leads nowhere.
    package var isRunning: Bool {
        guard let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/exe") else {
            return false
        }
        let name = program.hasSuffix(" (deleted)") ? String(program.dropLast(10)) : program
        return name.hasSuffix("/\(function.rawValue)")
    }

    /// Whether it was killed and the kernel is not done with it: a thread that waits for the disk holds its sockets until it
    /// has ended, though the process is a zombie already and /proc/PID/exe leads nowhere.
    private var isEnding: Bool {
        let folder = "/proc/\(pid)"
        guard (try? FileManager.default.destinationOfSymbolicLink(atPath: folder + "/exe")) == nil,
            let threads = try? FileManager.default.contentsOfDirectory(atPath: folder + "/task"),
            let text = try? String(contentsOfFile: folder + "/stat", encoding: .utf8),
            text.contains("(\(function.rawValue)) ")
        else { return false }
        return threads.count > 1 || !text.contains(") Z ")
    }

    /// Waits until what is left of the last process of a function lets go of its sockets.
    private static func awaitEnd(of function: CoreFunction, in state: StateDirectory) {
        guard let text = try? String(contentsOfFile: state.processFile(of: function), encoding: .utf8),
            let pid = pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines))
        else { return }
        let process = CoreProcess(function, pid: pid)
        for _ in 0..<1000 where process.isEnding { usleep(10_000) }
    }

    /// Resident memory in octets, `VmRSS` of /proc/PID/status.
    package var residentMemory: Int? {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8) else { return nil }
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") }) else { return nil }
        return line.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) }.map { $0 * 1024 }
    }

    /// Processor time used so far by all threads, of /proc/PID/schedstat where the kernel has it, else /proc/PID/stat.
    package var processorTime: Duration? {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")  // from field 3, state, on; proc(5)
        guard fields.count > 12, let user = Int64(fields[11]), let system = Int64(fields[12]) else { return nil }
        let ticks = Int64(max(1, sysconf(Int32(_SC_CLK_TCK))))
        return .nanoseconds((user + system) * (1_000_000_000 / ticks))
    }

    /// POSIX_SPAWN_SETSID of glibc's spawn.h, which Swift does not see: it stands behind _GNU_SOURCE.
    private static let newSession: Int16 = 0x80

    /// Starts a program in a session of its own, its output going to its log; writes its number down.
    package static func start(
        _ function: CoreFunction, program: String, in state: StateDirectory
    ) throws(OperationFailure) -> CoreProcess {
        awaitEnd(of: function, in: state)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(
            &actions, STDOUT_FILENO, state.log(of: function), O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, newSession)
        // posix_spawn(3) takes C strings; they are freed when it has copied them.
        let words: [String] = [program, "--config", "config/\(function.rawValue).yaml"]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        // The child begins where we are: we go to the state directory and come back.
        let here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { if here >= 0 { close(here) } }
        guard chdir(state.path) == 0 else {
            throw OperationFailure(.unavailable, "cannot enter \(state.path): \(String(cString: strerror(errno)))")
        }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, program, &actions, &attributes, &arguments, environ)
        if here >= 0 { _ = fchdir(here) }
        guard code == 0 else {
            throw OperationFailure(
                .unavailable, "cannot start \(program) in \(state.path): \(String(cString: strerror(code)))")
        }
        do {
            try "\(pid)\n".write(toFile: state.processFile(of: function), atomically: true, encoding: .utf8)
        } catch {
            kill(pid, SIGKILL)
            throw OperationFailure(
                .unavailable, "cannot write \(state.processFile(of: function)): \(StateDirectory.reason(error))")
        }
        return CoreProcess(function, pid: pid)
    }

    /// Asks it to end, and makes it when it has not in time. True when it ended by itself.
    @discardableResult
    package func stop(within span: Duration) -> Bool {
        kill(pid, SIGTERM)
        let deadline = ContinuousClock.now + span
        while ContinuousClock.now < deadline {
            reap()
            if !isRunning { return true }
            usleep(20_000)
        }
        kill(pid, SIGKILL)
        for _ in 0..<100 where isRunning {
            reap()
            usleep(20_000)
        }
        return false
    }

    /// Collects the process when it is our child and has ended; nothing otherwise.
    package func reap() {
        var status: Int32 = 0
        _ = waitpid(pid, &status, WNOHANG)
    }
}
