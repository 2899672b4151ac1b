// swift-tools-version: 6.2
import PackageDescription

/// `IMS_FUZZ` in the environment adds the fuzz targets and instruments all of ours for libFuzzer: Tests/Fuzz/run.
let isFuzzing = Context.environment["IMS_FUZZ"] != nil

/// Every target of ours: Swift 6 mode, `any` spelled out, no warning tolerated.
let strict: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .treatAllWarnings(as: .error),
    ] + (isFuzzing ? [.unsafeFlags(["-sanitize=fuzzer", "-O"])] : [])

let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
]
let nioTLS: [Target.Dependency] = [
    .product(name: "NIOSSL", package: "swift-nio-ssl"),
    .product(name: "NIOTLS", package: "swift-nio"),
]
let nioWebSocket: [Target.Dependency] = [
    .product(name: "NIOHTTP1", package: "swift-nio"),
    .product(name: "NIOWebSocket", package: "swift-nio"),
]
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let web: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies + [arguments], swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

let package = Package(
    name: "ims",
    products: [
        .executable(name: "pcscf", targets: ["pcscf"]),
        .executable(name: "icscf", targets: ["icscf"]),
        .executable(name: "scscf", targets: ["scscf"]),
        .executable(name: "hss", targets: ["hss"]),
        .executable(name: "tas", targets: ["tas"]),
        .executable(name: "imsctl", targets: ["imsctl"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    ],
    targets: [
        // Pure: values in, values out. No NIO, no Foundation, no clock, no dice.
        library("Octets"),
        library("SIP", ["Octets", crypto, cryptoExtras]),
        library("SDP", ["Octets"]),
        library("Diameter", ["Octets"]),
        library("Cx", ["Octets", "Diameter", "CXML2"]),
        library("Sh", ["Cx"]),
        library("Rx", ["Cx"]),
        library("Rf", ["Cx"]),
        library("AKA", ["Octets", crypto, cryptoExtras]),
        library("IMS", ["Octets", "SIP", "Diameter", "Cx", "Rf", crypto]),
        library("ServiceTriggers", ["IMS", "SDP", "CRE2"]),
        library("ProxyCSCF", ["IMS", "SDP", "Rx", crypto]),
        library("InterrogatingCSCF", ["IMS"]),
        library("ServingCSCF", ["IMS", "ServiceTriggers"]),
        library("HomeSubscriberServer", ["IMS", "AKA", "Sh", "ServiceTriggers"]),
        library("SubscriberFormats", ["HomeSubscriberServer", "CTripleDES", crypto, cryptoExtras]),
        library("RTP", ["Octets"]),
        library("UserEquipment", ["IMS", "AKA", "SDP", "RTP"]),
        library("ApplicationServer", ["IMS", "SDP", "RTP"]),

        // Impure: sockets, files, signals, databases.
        library(
            "NodeIO", nio + nioTLS + nioWebSocket + ["IMS", "CCARES", "CDatagrams", "CSCTP", "CUSRSCTP", "CXFRM", yams]),
        library("RecordStore", ["IMS", grdb]),
        library("SubscriberStore", ["HomeSubscriberServer", "CPostgreSQL", grdb, crypto]),
        .systemLibrary(name: "CDatagrams"),
        .systemLibrary(name: "CXFRM"),
        .systemLibrary(name: "CCARES", pkgConfig: "libcares", providers: [.apt(["libc-ares-dev"])]),
        .systemLibrary(name: "CPostgreSQL", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CSCTP", providers: [.apt(["libsctp-dev"])]),
        .systemLibrary(name: "CUSRSCTP", providers: [.apt(["libusrsctp-dev"])]),
        .target(name: "CRE2", linkerSettings: [.linkedLibrary("re2")]),
        .systemLibrary(name: "CTripleDES", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),

        // What an operator may ask of the subscriber database, and the same over HTTP.
        library("Provisioning", ["SubscriberStore", crypto]),
        library("ProvisioningAPI", ["NodeIO", "Provisioning", web]),
        // The records of an application server, in SQLite.
        library("ServiceStore", ["ApplicationServer", grdb]),
        library("FunctionProgram", ["NodeIO", "Rx", arguments]),
        program("pcscf", ["FunctionProgram", "ProxyCSCF", "RecordStore"]),
        program("icscf", ["FunctionProgram", "InterrogatingCSCF"]),
        program("scscf", ["FunctionProgram", "ServingCSCF", "RecordStore"]),
        program("hss", ["FunctionProgram", "ProvisioningAPI"]),
        program("tas", ["FunctionProgram", "ServiceStore"]),
        // What imsctl does, as a library, so that its parts can be tested.
        library(
            "Operation",
            nio + nioWebSocket + ["NodeIO", "Provisioning", "SubscriberFormats", "UserEquipment", yams, grdb]),
        program("imsctl", ["Operation"]),

        .target(
            name: "Simulation",
            dependencies: [
                "ProxyCSCF", "InterrogatingCSCF", "ServingCSCF", "HomeSubscriberServer", "UserEquipment",
                "ApplicationServer",
            ], path: "Tests/Support", swiftSettings: strict),
        // A proxy and registrar out of the SIP library, for other people's clients to talk to.
        .executableTarget(
            name: "sip-proxy", dependencies: ["FunctionProgram", arguments], path: "Tests/Interop/Proxy",
            swiftSettings: strict),
        .target(name: "CAllocations", path: "Tests/Benchmarks/CAllocations"),
        .executableTarget(name: "floor", path: "Tests/Benchmarks/Floor", swiftSettings: strict),
        .executableTarget(
            name: "benchmarks", dependencies: ["Simulation", "CAllocations"], path: "Tests/Benchmarks/Benchmarks",
            swiftSettings: strict),
        .executableTarget(
            name: "diameter-load", dependencies: nio + ["NodeIO", "Cx"], path: "Tests/Benchmarks/DiameterLoad",
            swiftSettings: strict),

        tests("OctetsTests", ["Octets"]),
        tests("SIPTests", ["SIP"], resources: [.copy("Fixtures")]),
        tests("SDPTests", ["SDP"]),
        tests("DiameterTests", ["Diameter"]),
        tests("CxTests", ["Cx", "Sh", "Rx", "Rf"], resources: [.copy("Fixtures")]),
        tests("AKATests", ["AKA"]),
        tests("ServiceTriggersTests", ["ServiceTriggers"]),
        tests("HomeSubscriberServerTests", ["HomeSubscriberServer", "SubscriberStore"]),
        tests(
            "ProvisioningTests",
            ["ProvisioningAPI", "NodeIO", .product(name: "HummingbirdTesting", package: "hummingbird")]),
        tests("SubscriberFormatsTests", ["SubscriberFormats"], resources: [.copy("Fixtures")]),
        tests("ProxyCSCFTests", ["ProxyCSCF"]),
        tests("InterrogatingCSCFTests", ["InterrogatingCSCF"]),
        tests("RecordStoreTests", ["RecordStore"]),
        tests("ServingCSCFTests", ["ServingCSCF"], resources: [.copy("Fixtures")]),
        tests("RTPTests", ["RTP", "UserEquipment"]),
        tests("UserEquipmentTests", ["Simulation"]),
        tests("ApplicationServerTests", ["ApplicationServer", "ServiceStore", "RTP"]),
        tests("NodeIOTests", ["NodeIO"]),
        tests("OperationTests", ["Operation", "Provisioning"], resources: [.copy("Fixtures")]),
        tests("ScenarioTests", ["Simulation", "RTP"]),
    ]
)

if isFuzzing {
    package.targets.append(
        .executableTarget(
            name: "fuzz", dependencies: ["Sh", "Rx", "SIP", "SDP"], path: "Tests/Fuzz/Targets", swiftSettings: strict,
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer", "-use-ld=lld"])]))
}

// The C libraries that Tests/Benchmarks/peers compares ours with: nobody else needs them.
if Context.environment["IMS_PEER_BENCHMARKS"] != nil {
    package.targets += [
        .systemLibrary(
            name: "COSIP2", path: "Tests/Benchmarks/Peers/COSIP2", pkgConfig: "libosip2",
            providers: [.apt(["libosip2-dev"])]),
        .systemLibrary(
            name: "CSofiaSIP", path: "Tests/Benchmarks/Peers/CSofiaSIP", pkgConfig: "sofia-sip-ua",
            providers: [.apt(["libsofia-sip-ua-dev"])]),
        .target(name: "CPeers", dependencies: ["COSIP2", "CSofiaSIP"], path: "Tests/Benchmarks/Peers/CPeers"),
        .executableTarget(
            name: "peers", dependencies: ["SIP", "SDP", "CPeers", "CAllocations"],
            path: "Tests/Benchmarks/Peers/Peers", swiftSettings: strict),
        .systemLibrary(
            name: "CFreeDiameter", path: "Tests/Benchmarks/Peers/CFreeDiameter",
            providers: [.apt(["libfreediameter-dev"])]),
        .target(name: "CDiameterPeer", dependencies: ["CFreeDiameter"], path: "Tests/Benchmarks/Peers/CDiameterPeer"),
        .executableTarget(
            name: "diameter-peer", dependencies: ["Cx", "CDiameterPeer", "CAllocations"],
            path: "Tests/Benchmarks/Peers/DiameterPeer", swiftSettings: strict,
            linkerSettings: [.linkedLibrary("fdproto")]),
    ]
}
