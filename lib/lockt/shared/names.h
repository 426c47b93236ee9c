/*
 * What liblockt's helpers are called outside of this project
 *
 * The library is made of sources that the daemon has too, where an error is an Error and a user a User. Whoever links
 * the library has such names of his own; so its symbols are renamed here, and its header by the same list
 * (make-header.py). This file is included before every other one when the library is compiled, and nowhere else.
 */

#define error_clear lockt_error_clear
#define error_message lockt_error_message
#define instant_format_api lockt_instant_format_api
#define instant_format_iso lockt_instant_format_iso
#define instant_parse_api lockt_instant_parse_api
#define property_from_name lockt_property_from_name
#define property_name lockt_property_name
#define user_add_level lockt_user_add_level
#define user_copy lockt_user_copy
#define user_deinit lockt_user_deinit
#define user_has_level lockt_user_has_level
#define user_levels_format lockt_user_levels_format
#define user_levels_parse lockt_user_levels_parse
#define user_remove_level lockt_user_remove_level
#define user_set_text lockt_user_set_text
