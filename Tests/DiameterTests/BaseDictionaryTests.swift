import Diameter
import Octets
import Testing

/// The keys of the base protocol against the table of RFC 6733 §4.5.
@Suite("AVP table, RFC 6733 §4.5")
struct BaseDictionaryTests {
    /// Attribute name | code | section | data type | flags that MUST | flags that MUST NOT, as the RFC has them.
    static let table = """
        Acct-Interim-Interval | 85 | 9.8.2 | Unsigned32 | M | V
        Accounting-Realtime-Required | 483 | 9.8.7 | Enumerated | M | V
        Acct-Multi-Session-Id | 50 | 9.8.5 | UTF8String | M | V
        Accounting-Record-Number | 485 | 9.8.3 | Unsigned32 | M | V
        Accounting-Record-Type | 480 | 9.8.1 | Enumerated | M | V
        Acct-Session-Id | 44 | 9.8.4 | OctetString | M | V
        Accounting-Sub-Session-Id | 287 | 9.8.6 | Unsigned64 | M | V
        Acct-Application-Id | 259 | 6.9 | Unsigned32 | M | V
        Auth-Application-Id | 258 | 6.8 | Unsigned32 | M | V
        Auth-Request-Type | 274 | 8.7 | Enumerated | M | V
        Authorization-Lifetime | 291 | 8.9 | Unsigned32 | M | V
        Auth-Grace-Period | 276 | 8.10 | Unsigned32 | M | V
        Auth-Session-State | 277 | 8.11 | Enumerated | M | V
        Re-Auth-Request-Type | 285 | 8.12 | Enumerated | M | V
        Class | 25 | 8.20 | OctetString | M | V
        Destination-Host | 293 | 6.5 | DiamIdent | M | V
        Destination-Realm | 283 | 6.6 | DiamIdent | M | V
        Disconnect-Cause | 273 | 5.4.3 | Enumerated | M | V
        Error-Message | 281 | 7.3 | UTF8String |  | V,M
        Error-Reporting-Host | 294 | 7.4 | DiamIdent |  | V,M
        Event-Timestamp | 55 | 8.21 | Time | M | V
        Experimental-Result | 297 | 7.6 | Grouped | M | V
        Experimental-Result-Code | 298 | 7.7 | Unsigned32 | M | V
        Failed-AVP | 279 | 7.5 | Grouped | M | V
        Firmware-Revision | 267 | 5.3.4 | Unsigned32 |  | V,M
        Host-IP-Address | 257 | 5.3.5 | Address | M | V
        Inband-Security-Id | 299 | 6.10 | Unsigned32 | M | V
        Multi-Round-Time-Out | 272 | 8.19 | Unsigned32 | M | V
        Origin-Host | 264 | 6.3 | DiamIdent | M | V
        Origin-Realm | 296 | 6.4 | DiamIdent | M | V
        Origin-State-Id | 278 | 8.16 | Unsigned32 | M | V
        Product-Name | 269 | 5.3.7 | UTF8String |  | V,M
        Proxy-Host | 280 | 6.7.3 | DiamIdent | M | V
        Proxy-Info | 284 | 6.7.2 | Grouped | M | V
        Proxy-State | 33 | 6.7.4 | OctetString | M | V
        Redirect-Host | 292 | 6.12 | DiamURI | M | V
        Redirect-Host-Usage | 261 | 6.13 | Enumerated | M | V
        Redirect-Max-Cache-Time | 262 | 6.14 | Unsigned32 | M | V
        Result-Code | 268 | 7.1 | Unsigned32 | M | V
        Route-Record | 282 | 6.7.1 | DiamIdent | M | V
        Session-Id | 263 | 8.8 | UTF8String | M | V
        Session-Timeout | 27 | 8.13 | Unsigned32 | M | V
        Session-Binding | 270 | 8.17 | Unsigned32 | M | V
        Session-Server-Failover | 271 | 8.18 | Enumerated | M | V
        Supported-Vendor-Id | 265 | 5.3.6 | Unsigned32 | M | V
        Termination-Cause | 295 | 8.15 | Enumerated | M | V
        User-Name | 1 | 8.14 | UTF8String | M | V
        Vendor-Id | 266 | 5.3.3 | Unsigned32 | M | V
        Vendor-Specific-Application-Id | 260 | 6.11 | Grouped | M | V
        """

    struct Row: Equatable {
        var code: UInt32
        var types: Set<String>
        var isMandatory: Bool
        var hasVendor: Bool
    }

    static func row<Value>(_ key: AVPKey<Value>) -> Row {
        Row(code: key.code, types: types(Value.self), isMandatory: key.mandatory, hasVendor: key.vendor != nil)
    }

    /// The data types of §4.2 and §4.3 that a Swift type may stand for.
    static func types(_ type: any AVPValue.Type) -> Set<String> {
        switch ObjectIdentifier(type) {
        case ObjectIdentifier(UInt32.self): ["Unsigned32", "Enumerated"]
        case ObjectIdentifier(ApplicationID.self), ObjectIdentifier(ResultCode.self): ["Unsigned32"]
        case ObjectIdentifier(UInt64.self): ["Unsigned64"]
        case ObjectIdentifier(String.self): ["UTF8String"]
        // The content of Failed-AVP is somebody's mistake: it is kept as octets.
        case ObjectIdentifier(OctetSlice.self): ["OctetString", "Grouped"]
        case ObjectIdentifier(DiameterIdentity.self): ["DiamIdent"]
        case ObjectIdentifier(DiameterURI.self): ["DiamURI"]
        case ObjectIdentifier(RedirectHostUsage.self): ["Enumerated"]
        case ObjectIdentifier(DiameterTime.self): ["Time"]
        case ObjectIdentifier(IPAddress.self): ["Address"]
        case ObjectIdentifier(AVPGroup.self), ObjectIdentifier(ExperimentalResultCode.self),
            ObjectIdentifier(VendorSpecificApplicationID.self):
            ["Grouped"]
        case ObjectIdentifier(AuthSessionState.self), ObjectIdentifier(DisconnectCause.self),
            ObjectIdentifier(TerminationCause.self):
            ["Enumerated"]
        default: []
        }
    }

    static let keys: [Row] = [
        row(AVPKey<UInt32>.acctInterimInterval),
        row(AVPKey<UInt32>.accountingRealtimeRequired),
        row(AVPKey<String>.acctMultiSessionID),
        row(AVPKey<UInt32>.accountingRecordNumber),
        row(AVPKey<UInt32>.accountingRecordType),
        row(AVPKey<OctetSlice>.acctSessionID),
        row(AVPKey<UInt64>.accountingSubSessionID),
        row(AVPKey<ApplicationID>.acctApplicationID),
        row(AVPKey<ApplicationID>.authApplicationID),
        row(AVPKey<UInt32>.authRequestType),
        row(AVPKey<UInt32>.authorizationLifetime),
        row(AVPKey<UInt32>.authGracePeriod),
        row(AVPKey<AuthSessionState>.authSessionState),
        row(AVPKey<UInt32>.reAuthRequestType),
        row(AVPKey<OctetSlice>.avpClass),
        row(AVPKey<DiameterIdentity>.destinationHost),
        row(AVPKey<DiameterIdentity>.destinationRealm),
        row(AVPKey<DisconnectCause>.disconnectCause),
        row(AVPKey<String>.errorMessage),
        row(AVPKey<DiameterIdentity>.errorReportingHost),
        row(AVPKey<DiameterTime>.eventTimestamp),
        row(AVPKey<ExperimentalResultCode>.experimentalResult),
        row(AVPKey<UInt32>.experimentalResultCode),
        row(AVPKey<OctetSlice>.failedAVP),
        row(AVPKey<UInt32>.firmwareRevision),
        row(AVPKey<IPAddress>.hostIPAddress),
        row(AVPKey<UInt32>.inbandSecurityID),
        row(AVPKey<UInt32>.multiRoundTimeOut),
        row(AVPKey<DiameterIdentity>.originHost),
        row(AVPKey<DiameterIdentity>.originRealm),
        row(AVPKey<UInt32>.originStateID),
        row(AVPKey<String>.productName),
        row(AVPKey<DiameterIdentity>.proxyHost),
        row(AVPKey<AVPGroup>.proxyInfo),
        row(AVPKey<OctetSlice>.proxyState),
        row(AVPKey<DiameterURI>.redirectHost),
        row(AVPKey<RedirectHostUsage>.redirectHostUsage),
        row(AVPKey<UInt32>.redirectMaxCacheTime),
        row(AVPKey<ResultCode>.resultCode),
        row(AVPKey<DiameterIdentity>.routeRecord),
        row(AVPKey<String>.sessionID),
        row(AVPKey<UInt32>.sessionTimeout),
        row(AVPKey<UInt32>.sessionBinding),
        row(AVPKey<UInt32>.sessionServerFailover),
        row(AVPKey<UInt32>.supportedVendorID),
        row(AVPKey<TerminationCause>.terminationCause),
        row(AVPKey<String>.userName),
        row(AVPKey<UInt32>.vendorID),
        row(AVPKey<VendorSpecificApplicationID>.vendorSpecificApplicationID),
    ]

    @Test("every row has its key, in the same order, with code, type and flags")
    func rows() {
        let rows = Self.table.split(separator: "\n").map { line in
            line.split(separator: "|", omittingEmptySubsequences: false).map { $0.trimmed }
        }
        #expect(rows.count == 49)
        #expect(rows.map { UInt32($0[1]) } == Self.keys.map(\.code))
        for (row, key) in zip(rows, Self.keys) {
            #expect(key.types.contains(row[3]), "\(row[0]) is \(row[3])")
            #expect(key.isMandatory == (row[4] == "M"), "M bit of \(row[0])")
            #expect(!key.hasVendor)
            let least =
                switch row[3] {
                case "Unsigned32", "Enumerated", "Time": 4
                case "Unsigned64": 8
                case "Address": 6
                default: 0
                }
            #expect(BaseDictionary.minimumLength(of: AVPName(code: key.code)) == least, "\(row[0])")
        }
        let codes = Set(Self.keys.map(\.code))
        for code in 0...600 as ClosedRange<UInt32> where !codes.contains(code) && ![33, 280, 284, 298].contains(code) {
            #expect(BaseDictionary.minimumLength(of: AVPName(code: code)) == nil, "AVP \(code) is not of the base")
        }
        #expect(BaseDictionary.minimumLength(of: AVPName(code: 264, vendor: 10415)) == nil)
    }
}

extension Substring {
    fileprivate var trimmed: String {
        var text = self
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
