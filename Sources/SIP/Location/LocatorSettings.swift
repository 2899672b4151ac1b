/// The times and bounds of a `Locator`.
package struct LocatorSettings: Sendable, Equatable {
    /// Whether the domain name system is asked at all; without it the table of hosts and numeric addresses are all.
    package var usesDNS = true
    /// How long one query may take before it counts as failed, whatever the resolver does.
    package var patience: Duration = .seconds(4)
    /// Queries under way at a time; more are refused at once.
    package var openQueries = 1_000
    /// Locations under way at a time.
    package var openLocations = 20_000
    package var cachedAnswers = 10_000
    package var longestTTL: Duration = .seconds(86_400)
    /// For names that do not exist, when the server gives no time.
    package var absentTTL: Duration = .seconds(30)
    /// RFC 2308 advises one to three hours; a name that comes into being should be found sooner.
    package var longestAbsentTTL: Duration = .seconds(300)
    package var failureTTL: Duration = .seconds(2)
    /// Targets of one location that are tried; records beyond are ignored.
    package var targets = 16
    /// The first pause of a target that failed; each further failure doubles it.
    package var firstPause: Duration = .seconds(2)
    package var longestPause: Duration = .seconds(300)
    /// How long a single probe of a target in doubt keeps others away from it.
    package var probeTime: Duration = .seconds(32)
    /// Targets whose failures are remembered.
    package var rememberedFailures = 1_024

    package init() {}
}
