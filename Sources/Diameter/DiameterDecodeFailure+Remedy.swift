/// What RFC 6733 has us do about each failure, in one table.
///
///     failure                                  answer  connection  clause
///     -------------------------------------------------------------------------------------------------------
///     message shorter than its header          none    closed      §3: there is no header to answer
///     length in a stream < 20, not 4·n         none    closed      §3, §7.1.5: the next message cannot be found
///     length over our limit                    none    closed      §3, and no memory is spent on it
///     length that is not that of the message   5015    closed      §7.1.5 (SCTP keeps messages apart)
///     version other than 1                     5011    closed      §3, §7.1.5
///     R and E bit; P bit on CER, DWR, DPR      3008    stays       §7.1.3, §3, §5.3
///     V bit with Vendor-ID 0                   3009    stays       §7.1.3, §4.1.1
///     AVP shorter than its header, or longer   5014    stays       §7.1.5, §7.5
///       than what it stands in, or of another
///       length than its type
///     value outside its type or enumeration    5004    stays       §7.1.5
///     groups more than 16 deep                 5004    stays       the RFC sets no bound; ours is a matter of value
///     required AVP missing                     5005    stays       §7.1.5
///     AVP too often                            5009    stays       §7.1.5
///     AVP not understood, with the M bit       5001    stays       §4.1, §7.1.5
///     AVP that must not be there               5008    stays       §7.1.5
///     AVPs that contradict one another         5007    stays       §7.1.5
///
/// What is no failure: reserved bits of either header (§3, §4.1: ignored, hence never 5013); an M bit set or absent on
/// an AVP that we understand (§4.1: it only says that it must be understood); the P bit of an AVP (reserved).
///
/// A last AVP without its padding is one: §4 has each AVP padded, §3 counts the padding into the Message Length, "thus
/// always a multiple of 4". Such a message fails by its length, or its last AVP reaches beyond its end.
///
/// The answer to a request that cannot be decoded at all has the E bit and the grammar of §7.2; §7.1.5 allows it for
/// permanent failures. An answer that cannot be decoded fails the request it was for. A CER that fails ends its
/// connection (§5.3, §5.6.1).
extension DiameterDecodeFailure.What {
    package var remedy: DiameterDecodeFailure.Remedy {
        switch self {
        case .messageTooShort, .streamLength, .messageTooLong: .close
        case .messageLength: .answerAndClose(.invalidMessageLength)
        case .version: .answerAndClose(.unsupportedVersion)
        case .headerBits: .answer(.invalidHeaderBits)
        case .avpBits: .answer(.invalidAVPBits)
        case .avpLength: .answer(.invalidAVPLength)
        case .avpValue, .nestingTooDeep: .answer(.invalidAVPValue)
        case .missingAVP: .answer(.missingAVP)
        case .repeatedAVP: .answer(.avpOccursTooManyTimes)
        case .unsupportedAVP: .answer(.avpUnsupported)
        case .avpNotAllowed: .answer(.avpNotAllowed)
        case .contradictingAVPs: .answer(.contradictingAVPs)
        }
    }
}

extension DiameterMessage {
    /// What every request of the base protocol itself must keep to: CER, DWR and DPR go to the next node and no further,
    /// so they have no P bit (§5.3; their grammars say REQ and not PXY), and what is mandatory in them is understood.
    func checkCommonRequest() throws(DiameterDecodeFailure) {
        switch commandCode {
        case .capabilitiesExchange, .deviceWatchdog, .disconnectPeer: break
        default: return
        }
        guard !isProxiable else {
            throw DiameterDecodeFailure(.headerBits(flags.rawValue), offset: HeaderLayout.flags)
        }
        for avp in avps where avp.isMandatory && BaseDictionary.minimumLength(of: avp.name) == nil {
            throw .unsupported(avp)
        }
    }
}
